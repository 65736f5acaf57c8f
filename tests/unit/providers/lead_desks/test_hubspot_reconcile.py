"""HubSpot's search of new contacts, read through its connector: the events of their webhooks, and nothing invented."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.api.reconcile import UnreadableBody, Window
from functions.core.ingress.reading import raw_events
from functions.providers.hubspot.operations import created
from functions.providers.hubspot.reconcile import MANIFEST, arguments, page
from functions.providers.hubspot.source import MANIFEST as SOURCE
from functions.providers.hubspot.translate import translate
from tests.unit.providers.lead_desks.conftest import NOW, Desk

WINDOW = Window(NOW, NOW + 100)


def read(hubspot: Desk, window=WINDOW):
    """The pages of a window."""
    pages, after = [], ""
    while not pages or after:
        listing = hubspot.manifest.listing(MANIFEST.listing)
        pages.append(page(hubspot.performer.call(listing, arguments(window, after), None, 30), window))
        after = pages[-1].after
    return pages


def test_a_listed_contact_is_the_event_of_its_webhook(hubspot: Desk):
    """But for what made it, which the search does not say in the webhook's words."""
    ((delivered,),) = hubspot.control("contacts", email="bo@example.com", at=int(NOW) + 5)["deliveries"]
    (found,) = read(hubspot, Window(NOW + 1, NOW + 100))
    raws = raw_events(json.dumps([delivered, found.sent[0].body]).encode(), {}, SOURCE.reading)
    assert raws[0].id == raws[1].id == f"33/0-1/{delivered['objectId']}"
    assert (raws[0].time, raws[0].tenant) == (raws[1].time, raws[1].tenant)
    made = [translate(raw) for raw in raws]
    assert (made[0].type, made[0].entities) == (made[1].type, made[1].entities)
    assert {**made[0].data, "origin": None} == made[1].data


def test_the_contacts_of_a_window_are_read_on_as_many_pages_as_it_has(hubspot: Desk, monkeypatch):
    """By their ids, so that a page has no end at ten thousand results; nothing outside of the window is asked for."""
    monkeypatch.setattr(created, "PAGE", 4)
    for number in range(12):
        hubspot.control("contacts", email=f"p{number}@example.com", at=int(NOW) + 10 * number)
    pages = read(hubspot, Window(NOW + 15, NOW + 75))
    assert [one.at - NOW for found in pages for one in found.sent] == [20, 30, 40, 50, 60, 70]
    assert len(pages) == 2


@pytest.mark.parametrize("answer", [None, [], {}, {"portal": "x", "contacts": [], "after": ""}, {"portal": "33"}])
def test_an_answer_that_is_no_page_is_unreadable(answer):
    """Nothing is taken for everything."""
    with pytest.raises(UnreadableBody):
        page(answer, WINDOW)


VALUES = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("²") | st.just("2026-01-01T00:00:00Z")
)


@settings(max_examples=60)
@given(st.lists(VALUES | st.fixed_dictionaries({}, optional={"id": VALUES, "createdAt": VALUES}), max_size=4))
def test_every_contact_is_listed_or_reported(contacts):
    """Whatever is in it."""
    found = page({"portal": "33", "contacts": contacts, "after": ""}, WINDOW)
    assert len(found.sent) + len(found.unreadable) == len(contacts)
