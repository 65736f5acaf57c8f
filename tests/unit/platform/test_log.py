"""The log of a function: what a line holds on AWS, and what only on the local stack."""

import json
import traceback

import pytest

from functions.core.platform.errors import Denied
from functions.core.platform.log import (
    LONGEST_TRACEBACK,
    TRACEBACKS,
    handling,
    log,
    place,
    traceback_of,
    without_messages,
)

SECRET = "card 4242"


@pytest.fixture
def error():
    """An error whose message quotes text from outside."""
    try:
        raise KeyError(SECRET)
    except KeyError as raised:
        return raised


def test_a_traceback_with_its_message_needs_the_local_stack(error):
    """Elsewhere a line says the kind of an error and its place alone."""
    assert traceback_of(error, {}) == {}
    assert traceback_of(error, {TRACEBACKS: ""}) == {}
    assert SECRET not in place(error)
    shown = traceback_of(error, {TRACEBACKS: "1"})["traceback"]
    assert shown.startswith("Traceback (most recent call last)") and shown.endswith(f"KeyError: '{SECRET}'\n")


def test_a_traceback_is_cut_at_its_beginning():
    """The message at its end says what went wrong."""
    try:
        raise ValueError("x" * LONGEST_TRACEBACK + "end")
    except ValueError as raised:
        shown = traceback_of(raised, {TRACEBACKS: "1"})["traceback"]
    assert len(shown) == LONGEST_TRACEBACK and shown.endswith("end\n")


def test_every_line_while_an_event_is_handled_has_its_ids(logged):
    with handling("stripe:e1", "stripe:e0"):
        log.info("inside")
        log.info("about another", event="stripe:e2")
    log.info("outside")
    inside, other, outside = (json.loads(line) for line in logged().splitlines())
    assert (inside["event"], inside["correlation"]) == ("stripe:e1", "stripe:e0")
    assert other["event"] == "stripe:e2"
    assert "event" not in outside and "correlation" not in outside


def test_lambda_gets_no_message_of_an_unforeseen_error(logged):
    """It would write it to the log. An error of ours has a message of ours, which operators' commands print."""

    def handler(payload, context):
        raise payload

    without = without_messages(handler, {})
    with pytest.raises(RuntimeError, match=r"^KeyError at .*test_log.py:\d+$") as raised:
        without(KeyError(SECRET), None)
    assert SECRET not in "".join(traceback.format_exception(raised.value)) + logged()
    with pytest.raises(Denied, match="not yours"):
        without(Denied("not yours"), None)
    with pytest.raises(RuntimeError):
        without_messages(handler, {TRACEBACKS: "1"})(KeyError(SECRET), None)
    assert SECRET in logged()
