"""Stripe's list of events that were not delivered, read page by page through its connector and its sandbox."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.api.reconcile import UnreadableBody, Window
from functions.core.gate.encoding import encoded
from functions.providers.stripe.connector import MANIFEST as CONNECTOR
from functions.providers.stripe.reconcile import MANIFEST, arguments, page
from functions.providers.stripe.sandbox import Stripe
from functions.providers.stripe.sandbox.objects import charge_succeeded_event
from tests.unit.providers.stripe_sandbox.calls import answer, get, make_charge, put

WINDOW = Window(1000, 2000)


def listed(stripe: Stripe, window: Window) -> tuple[list[str], int]:
    """The ids that are listed in a window, and how many pages were read."""
    ids, after, pages = [], "", 0
    while pages == 0 or after:
        wire = encoded(CONNECTOR.listing(MANIFEST.listing), arguments(window, after))
        _, found = answer(stripe, get(wire.path, wire.query.removeprefix("?")))
        read = page(found, window)
        ids += [one.body["id"] for one in read.sent if one.at in window]
        after, pages = read.after, pages + 1
    return ids, pages


def test_only_what_was_not_delivered_is_listed_on_as_many_pages_as_the_window_has():
    """250 of 500 events, of which the window has 150: it ends with the page that reaches back far enough."""
    stripe = Stripe(lambda: 3000.0)
    made = [charge_succeeded_event(make_charge(), f"evt_{n}", 1000 + n) for n in range(500)]
    put(stripe, *({**one, "pending_webhooks": n % 2} for n, one in enumerate(made)), what="events")
    ids, pages = listed(stripe, Window(1200, 1500))
    assert ids == [f"evt_{n}" for n in range(499, 200, -2)]
    assert pages == 2
    assert listed(stripe, Window(1000, 1500))[1] == 3


def test_an_event_is_listed_with_the_body_that_its_webhook_has():
    event = charge_succeeded_event(make_charge(), "evt_1", 1500)
    stripe = Stripe(lambda: 3000.0)
    put(stripe, event, what="events")
    wire = encoded(CONNECTOR.listing("event.list"), {})
    _, found = answer(stripe, get(wire.path, wire.query.removeprefix("?")))
    assert [one.body for one in page(found, WINDOW).sent] == [json.loads(json.dumps(event))]


def test_an_event_without_a_time_is_told_and_not_left_out():
    """It may be one that did not arrive."""
    read = page({"data": [{"id": "evt_1"}, {"id": "evt_2", "created": 1500}], "has_more": False}, WINDOW)
    assert (len(read.sent), len(read.unreadable)) == (1, 1)


BAD = [
    None,
    {},
    [],
    {"data": {}, "has_more": False},
    {"data": []},
    {"data": [], "has_more": True},
    {"data": [{}], "has_more": True},
]


@pytest.mark.parametrize("bad", BAD)
def test_an_answer_that_is_no_list_is_unreadable(bad):
    with pytest.raises(UnreadableBody):
        page(bad, WINDOW)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["data", "has_more", "id", "created"]), inner)
    ),
    max_leaves=8,
)


@settings(max_examples=100)
@given(VALUES)
def test_whatever_stripe_answers_every_item_is_sent_or_unreadable(value):
    """Nothing else than UnreadableBody is raised, and no item disappears."""
    try:
        read = page(value, WINDOW)
    except UnreadableBody:
        return
    assert len(read.sent) + len(read.unreadable) == len(value["data"])
