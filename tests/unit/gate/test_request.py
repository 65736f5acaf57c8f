"""Request.read: what an agent's invocation may hold, and what is refused before anything else happens."""

import pytest

from functions.core.gate.request import Request
from functions.core.platform.errors import PermanentError
from tests.declared import PROJECT

GOOD = {"operation": "a.b", "arguments": {}, "event": "e", "correlation": "e", "grant": "g", "deadline": 1}


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("junk", ["missing", None, b"bytes"], ids=str)
def test_a_request_with_a_wrong_field_is_permanent_and_the_field_is_named(name, junk):
    """All of it is the agent's word."""
    payload = {**GOOD, name: junk}
    if junk == "missing":
        del payload[name]
    with pytest.raises(PermanentError, match=name):
        Request.read(payload)


@pytest.mark.parametrize("deadline", [float("nan"), float("inf"), -float("inf"), 10**400, True, "1"], ids=str)
def test_a_deadline_that_cannot_be_counted_with_is_refused(deadline):
    """Every comparison with NaN is false: no limit would hold."""
    with pytest.raises(PermanentError, match="deadline"):
        Request.read({**GOOD, "deadline": deadline})


def test_a_cause_that_is_no_text_is_refused():
    """A missing one is fine: only an event with a parent has it."""
    assert Request.read(GOOD).causation == ""
    with pytest.raises(PermanentError, match="causation"):
        Request.read({**GOOD, "causation": None})


def test_arguments_that_are_nested_too_deep_to_be_written_are_too_long():
    """They are refused like any others, not a crash."""
    deep: dict = {}
    for _ in range(100_000):
        deep = {"x": deep}
    with pytest.raises(PermanentError, match="too long"):
        Request.read({**GOOD, "arguments": deep})


@pytest.mark.parametrize("junk", [None, [], "text", 7], ids=str)
def test_a_payload_that_is_no_object_is_permanent(junk):
    """An invocation may carry any JSON."""
    with pytest.raises(PermanentError, match="not a request"):
        Request.read(junk)


@pytest.mark.parametrize("field", ["operation", "event", "causation", "correlation", "grant", "arguments"])
def test_a_request_that_is_too_long_is_refused_before_it_is_used(field):
    """An agent's words must not become a record that no queue takes, and so stop the connector for others."""
    fine = {"operation": "o", "arguments": {}, "event": "e", "correlation": "c", "grant": "g", "deadline": 1.0}
    long = {"x": "y" * 2_000_000} if field == "arguments" else "y" * 2_000_000
    with pytest.raises(PermanentError, match="too long"):
        Request.read({**fine, field: long})


@pytest.mark.parametrize("field", ["operation", "event", "causation", "correlation", "grant"])
def test_a_request_with_half_a_character_is_refused_before_it_is_used(field):
    """No key takes it, so the connector's refusal would not come onto its own trail."""
    with pytest.raises(PermanentError, match="too long"):
        Request.read({**GOOD, field: "\ud800"})


def test_a_connector_that_takes_documents_takes_longer_requests():
    """Those of the others stay as short as they are; Lambda takes 6 MB."""
    longest = {name: one.longest_arguments for name, one in PROJECT.connectors.items()}
    assert longest["stripe"] == 100_000
    assert 4_000_000 < longest["bedrock"] < 6_000_000
    long = {**GOOD, "arguments": {"messages": "y" * 2_000_000}}
    assert Request.read(long, longest["bedrock"]).arguments == long["arguments"]
