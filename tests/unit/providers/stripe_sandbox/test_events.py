"""The Stripe sandbox lists events as Stripe does."""

from urllib.parse import urlencode

import pytest

from functions.providers.stripe.sandbox import Stripe
from functions.providers.stripe.sandbox.objects import charge_succeeded_event
from tests.unit.providers.stripe_sandbox.calls import answer, error, get, make_charge, put


@pytest.fixture
def events(stripe: Stripe) -> list[str]:
    """The ids of five events, newest first; the last two happened in the same second."""
    made = [charge_succeeded_event(make_charge(), f"evt_{at}", 1000 + min(at, 3)) for at in range(5)]
    made[0]["type"] = "review.opened"
    put(stripe, *made, what="events")
    return ["evt_4", "evt_3", "evt_2", "evt_1", "evt_0"]


def test_events_are_listed_newest_first_and_paged(stripe, events):
    _, first = answer(stripe, get("/v1/events", "limit=2"))
    _, rest = answer(stripe, get("/v1/events", "limit=3&starting_after=evt_3"))
    assert (first["object"], first["url"], first["has_more"]) == ("list", "/v1/events", True)
    assert [event["id"] for event in first["data"] + rest["data"]] == events
    assert not rest["has_more"]


@pytest.mark.parametrize(("type_", "count"), [("charge.succeeded", 4), ("charge.*", 4), ("*", 5), ("*a" * 2500, 0)])
def test_events_are_filtered_by_type_with_a_wildcard(stripe, events, type_, count):
    _, page = answer(stripe, get("/v1/events", urlencode({"type": type_})))
    assert len(page["data"]) == count


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=ten", "starting_after=evt_no"])
def test_a_wrong_paging_parameter_is_named(stripe, events, query):
    status, body = error(stripe, get("/v1/events", query))
    assert status in (400, 404)
    assert body["param"] == query.partition("=")[0]


def test_one_event_is_retrieved_whole(stripe, events):
    assert answer(stripe, get("/v1/events/evt_2")) == (
        200,
        charge_succeeded_event(make_charge(), "evt_2", 1002),
    )


def test_an_event_holds_a_snapshot_of_its_charge():
    live = make_charge()
    event = charge_succeeded_event(live, "evt_1", 1000)
    live["amount"] = 1
    assert event["data"]["object"] == make_charge()
    assert (event["object"], event["type"], event["livemode"]) == ("event", "charge.succeeded", False)
    assert set(event["request"]) == {"id", "idempotency_key"}
