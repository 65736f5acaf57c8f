"""What Zendesk's triggers should have sent, by its export: the same ids as the deliveries, and nothing else."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.api.reconcile import UnreadableBody, Window
from functions.core.events import catalogue
from functions.core.gate.outbound import Refused
from functions.core.ingress.reading import raw_events
from functions.providers.zendesk.reconcile import MANIFEST, arguments, page
from functions.providers.zendesk.sandbox import tickets as sandbox_tickets
from functions.providers.zendesk.sandbox.account import TICKET
from functions.providers.zendesk.source import MANIFEST as SOURCE
from functions.providers.zendesk.translate import translate
from tests.unit.providers.support_desks.conftest import NOW, Desk

T = f"tickets/{TICKET}"
WINDOW = Window(NOW, NOW + 3600)


@pytest.fixture
def read(zendesk: Desk):
    """Reads the export of a window, an hour later, as the reconcile service does; returns its pages."""

    def read(window=WINDOW):
        zendesk.clock[0] = NOW + 3700
        pages, after = [], ""
        while not pages or after:
            operation = zendesk.manifest.listing(MANIFEST.listing)
            answer = zendesk.performer.call(operation, arguments(window, after), None, 30)
            pages.append(page(answer, window))
            after = pages[-1].after
        return pages

    return read


def ids(payloads):
    return [raw.id for one in payloads for raw in raw_events(json.dumps(one).encode(), {}, SOURCE.reading)]


def test_the_export_has_the_ids_of_what_the_triggers_sent(zendesk: Desk, read):
    """New tickets and comments of people; neither changes of a status nor what the API wrote."""
    zendesk.control("settings", trigger=True)
    zendesk.clock[0] += 10
    sent = zendesk.control("tickets", text="Hi.", email="bo@example.com", name="Bo")["deliveries"]
    for text, author in (("Well.", "customer"), ("So.", "agent")):
        zendesk.clock[0] += 10
        sent += zendesk.control(T, action="comment", text=text, author=author, public=author == "customer")[
            "deliveries"
        ]
    zendesk.call("ticket.update", ticket=str(TICKET), comment="Note.", status="pending")
    zendesk.control(T, action="status", status="solved")
    (found,) = read(Window(NOW + 1, NOW + 3600))
    assert ids(one.body for one in found.sent) == ids(one["payload"] for one in sent)
    assert found.unreadable == []


def test_what_is_listed_becomes_the_event_of_its_delivery(zendesk: Desk, read):
    """With the same author, requester and visibility; the ticket's status is that of now."""
    zendesk.control("settings", trigger=True)
    zendesk.clock[0] += 10
    (delivery,) = zendesk.control(T, action="comment", text="Note.", author="agent", public=False)["deliveries"]
    (found,) = read(Window(NOW + 1, NOW + 3600))
    made = []
    for body in (delivery["payload"], found.sent[0].body):
        (raw,) = raw_events(json.dumps(body).encode(), {}, SOURCE.reading)
        event = translate(raw)
        assert event and catalogue.check(event.type, event.data) == event.data
        made.append((event.type, event.entities, event.data | {"channel": None}, raw.time))
    assert made[0] == made[1]


def test_an_account_without_our_triggers_is_refused(zendesk: Desk, read):
    """The ids of its deliveries are in no API: each comment would be published a second time."""
    with pytest.raises(Refused, match="nothing can be compared by id"):
        read()


def test_the_export_is_read_on_as_many_pages_as_it_has(zendesk: Desk, read, monkeypatch):
    """A page begins where the one before ended, so what is at its edge comes twice, under one id."""
    monkeypatch.setattr(sandbox_tickets, "EXPORT_PAGE", 4)
    zendesk.control("settings", trigger=True)
    sent = []
    for number in range(10):
        zendesk.clock[0] += 10
        sent += zendesk.control(T, action="comment", text=f"{number}")["deliveries"]
    pages = read(Window(NOW + 1, NOW + 3600))
    found = [one.body for read_page in pages for one in read_page.sent]
    assert set(ids(found)) == set(ids(one["payload"] for one in sent))
    assert len(pages) == 3


def test_the_last_minute_is_never_asked_for():
    """Zendesk's export leaves it out, and a delivery may be under way."""
    assert MANIFEST.lag > 60
    assert arguments(WINDOW, "") == {"start_time": int(NOW)}
    assert arguments(WINDOW, "17") == {"start_time": 17}


def test_a_ticket_that_is_gone_is_listed_without_its_requester(zendesk: Desk, read):
    """Its event names the ticket alone."""
    zendesk.control("settings", trigger=True)
    zendesk.clock[0] += 10
    number = zendesk.control("tickets", text="Hi.")["ticket"]
    zendesk.control(f"tickets/{number}", action="delete")
    (found,) = read(Window(NOW + 1, NOW + 3600))
    (one,) = [one.body for one in found.sent if one.body["id"].endswith("created")]
    (raw,) = raw_events(json.dumps(one).encode(), {}, SOURCE.reading)
    assert translate(raw).entities == [f"zendesk:ticket/{number}"]


def test_an_event_without_a_ticket_or_a_time_is_told_and_not_left_out():
    """It may be one that did not arrive."""
    good = {"ticket_id": 1, "timestamp": 1, "child_events": [{"event_type": "Create"}]}
    bad = [{**good, "ticket_id": None}, {**good, "child_events": 3}, {**good, "timestamp": 10**18}, "x"]
    found = page({"ticket_events": [good, *bad], "tickets": {}, "end_time": 1, "end_of_stream": True}, WINDOW)
    assert (len(found.sent), len(found.unreadable)) == (1, 4)


@pytest.mark.parametrize("via", ["Web service", {"channel": "api"}])
def test_a_comment_of_the_api_is_none_of_a_trigger_wherever_its_channel_is(via):
    """An event without a channel has its update's, and one of its own counts first."""
    comment = {"event_type": "Comment", "id": 7, "public": True}
    common = {"ticket_id": 1, "timestamp": 1}
    events = [
        {**common, "via": via, "child_events": [comment]},
        {**common, "via": "Web form", "child_events": [{**comment, "via": via}]},
        {**common, "via": via, "child_events": [{**comment, "id": 8, "via": "Mail"}]},
    ]
    found = page({"ticket_events": events, "tickets": {}, "end_time": 1, "end_of_stream": True}, WINDOW)
    assert [one.body["id"] for one in found.sent] == ["1-comment-8"]


@pytest.mark.parametrize(
    "answer", [None, [], {}, {"ticket_events": [], "tickets": {}, "end_time": None, "end_of_stream": False}]
)
def test_an_answer_that_is_no_export_is_unreadable(answer):
    """Nothing is taken for everything."""
    with pytest.raises(UnreadableBody):
        page(answer, WINDOW)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "public", "via"]), inner),
    max_leaves=6,
)
_NAMES = ("ticket_id", "timestamp", "child_events", "event_type", "updater_id")


@settings(max_examples=60)
@given(st.lists(st.dictionaries(st.sampled_from(_NAMES), _JSON), max_size=4))
def test_any_export_is_read_or_told(events):
    """Each event is listed or reported, whatever is in it."""
    found = page({"ticket_events": events, "tickets": {}, "end_time": 1, "end_of_stream": True}, WINDOW)
    assert len(found.unreadable) <= len(events)
