"""What GitHub could not deliver: listed as the App, through the connector at its sandbox, and delivered again."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.api.reconcile import UnreadableBody, Window
from functions.core.ingress.builder import EventBuilder
from functions.core.reconcile.redelivering import Redeliverer
from functions.core.reconcile.run import Ways
from functions.providers.github import reconcile
from functions.providers.github.connector import MANIFEST as CONNECTOR
from functions.providers.github.reconcile import page
from functions.providers.github.source import MANIFEST as SOURCE
from tests.unit.providers.github.conftest import NOW

WINDOW = Window(NOW - 3600, NOW + 1)
AT = datetime.fromtimestamp(NOW - 60, UTC).isoformat().replace("+00:00", "Z")
ATTEMPT = {"id": 1, "guid": "g", "delivered_at": AT, "status_code": 502, "event": "pull_request"}


@pytest.fixture
def run(hub):
    """Reconciles the sandbox's deliveries; `arrived` are the ids of the events that are on record."""

    def read(name, arguments):
        return hub.performer.call(CONNECTOR.listing(name), arguments, None, 30.0)

    def run(arrived=(), window=WINDOW, dry=False):
        states = lambda ids: {id: "arrived" if id in arrived else "missing" for id in ids}  # noqa: E731 - one of three ways
        builder = EventBuilder(SOURCE, lambda _: None)
        ways = Ways(read, states, lambda bodies: pytest.fail("nothing is published without its signature"))
        return Redeliverer(reconcile, builder, ways, lambda: NOW, NOW + 100, dry).run(window)

    return run


def deliveries(hub):
    return json.loads(hub.sandbox.control("GET", "deliveries", b"").body)["deliveries"]


def test_what_github_could_not_deliver_is_delivered_again_and_then_has_arrived(hub, run):
    """With its body and its guid, so that the verifier knows the copy; the App's JWT lists and asks."""
    hub.control("commits", branch="unheard", files={"a.py": {"text": "a\n"}})
    hub.control("pulls", branch="unheard", lost=True)
    (lost,) = [one for one in hub.state()["deliveries"] if one["status_code"] == 502]
    assert [one.outcome for one in run(dry=True).missing] == ["not published"]
    assert deliveries(hub) == []
    found = run()
    assert [(one.id, one.outcome) for one in found.missing] == [(f"github:{lost['guid']}/pull_request", "redelivered")]
    assert (found.is_whole, found.is_settled, found.lost) == (True, False, [])
    assert "1 asked for again" in found.summary
    (sent,) = deliveries(hub)
    assert (sent["headers"]["x-github-delivery"], sent["payload"]) == (lost["guid"], lost["payload"])
    again = run()
    assert (again.missing, again.is_settled) == ((), True)
    assert again.arrived == again.listed >= 1


def test_one_that_arrived_although_github_got_no_answer_is_left_alone(hub, run):
    """Its event is on record under its id."""
    hub.control("commits", branch="late", files={"a.py": {"text": "b\n"}})
    hub.control("pulls", branch="late", lost=True)
    (lost,) = [one for one in hub.state()["deliveries"] if one["status_code"] == 502][-1:]
    found = run(arrived=[f"github:{lost['guid']}/pull_request"])
    assert (found.missing, found.is_settled, deliveries(hub)) == ((), True, [])
    hub.control("commits", branch="late", files={"a.py": {"text": "c\n"}})


def test_pages_are_read_by_the_cursor_of_the_link_until_the_window_is_covered(hub, run):
    """A hundred on each."""
    hub.control("commits", branch="many", files={"a.py": {"text": "0\n"}})
    number = hub.control("pulls", branch="many")["number"]
    for _ in range(52):
        hub.control(f"pulls/{number}", action="close")
        hub.control(f"pulls/{number}", action="reopen")
    first = hub.performer.call(CONNECTOR.listing("hook.deliveries"), {}, None, 30.0)
    assert (len(first["items"]), first["after"]) == (100, "2")
    assert run().listed > 104
    assert run(window=Window(NOW + 1, NOW + 2)).listed == 0
    last = hub.performer.call(CONNECTOR.listing("hook.deliveries"), {"cursor": "2"}, None, 30.0)
    assert last["after"] == ""


def test_a_page_ends_the_listing_once_it_reaches_back_enough():
    listed = {"items": [ATTEMPT], "after": "v1_2"}
    assert page(listed, Window(NOW - 3600, NOW)).after == "v1_2"
    assert page(listed, Window(NOW - 30, NOW)).after == ""


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "1"},
        {"id": 0},
        {"id": True},
        {"guid": ""},
        {"guid": 5},
        {"delivered_at": "yesterday"},
        {"delivered_at": "2026-11-28T10:00:00"},
        {"delivered_at": None},
        {"status_code": None},
        {"event": None},
    ],
)
def test_an_attempt_that_is_not_as_documented_is_told_and_not_left_out(changes):
    read = page({"items": [{**ATTEMPT, **changes}], "after": ""}, WINDOW)
    assert (len(read.attempts), len(read.unreadable)) == (0, 1)


def test_pings_are_no_events_and_no_answer_is_a_failure():
    read = page({"items": [{**ATTEMPT, "event": "ping"}, {**ATTEMPT, "status_code": 0}], "after": ""}, WINDOW)
    (attempt,) = read.attempts
    assert (attempt.succeeded, attempt.answer) == (False, "no answer")


MEMBERS = st.sampled_from(["items", "after", "id", "guid", "status_code", "delivered_at", "event"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(MEMBERS, inner),
    max_leaves=8,
)


@settings(derandomize=True, deadline=None, database=None, max_examples=100)
@given(VALUES)
def test_any_answer_is_a_page_or_unreadable(answer):
    """No other error."""
    try:
        read = page(answer, WINDOW)
    except UnreadableBody:
        return
    assert len(read.attempts) + len(read.unreadable) <= len(answer["items"])
