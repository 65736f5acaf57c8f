"""What the sandboxes would send becomes the tickets' events, and says whose change it is."""

import json

import pytest

from functions.core.events import catalogue
from functions.core.ingress.reading import raw_events
from functions.providers.intercom.sandbox.account import CONTACT, CONVERSATION, WORKSPACE
from functions.providers.intercom.source import MANIFEST as INTERCOM
from functions.providers.intercom.translate import translate as translate_intercom
from functions.providers.zendesk.sandbox.account import AGENT, CUSTOMER, TICKET
from functions.providers.zendesk.source import MANIFEST as ZENDESK
from functions.providers.zendesk.translate import translate as translate_zendesk
from tests.unit.providers.support_desks.conftest import Desk

READERS = {"zendesk": (ZENDESK, translate_zendesk), "intercom": (INTERCOM, translate_intercom)}
T = f"tickets/{TICKET}"
C = f"conversations/{CONVERSATION}"


def events(name: str, deliveries):
    """The events of the deliveries, valid by their domain events."""
    source, translate = READERS[name]
    made = []
    for delivery in deliveries:
        (raw,) = raw_events(json.dumps(delivery["payload"]).encode(), delivery["headers"], source.reading)
        found = translate(raw)
        assert found and found.type == source.translates[raw.raw_type]
        assert catalogue.check(found.type, found.data) == found.data
        made.append((raw.id, found))
    return made


def only(name: str, deliveries):
    ((_, made),) = events(name, deliveries)
    return made


@pytest.mark.parametrize("trigger", [False, True])
def test_a_new_ticket_is_its_requesters(zendesk: Desk, trigger):
    """By an event subscription, and by the shipped trigger, which holds nothing that anybody wrote."""
    zendesk.control("settings", trigger=trigger)
    opened = zendesk.control("tickets", text='Hi "you", {{x}}', subject="Hi", email="bo@example.com", name="Bo")
    made = only("zendesk", opened["deliveries"])
    assert made.type == "ticket.created"
    assert made.entities == [f"zendesk:ticket/{opened['ticket']}", f"zendesk:user/{opened['requester']}"]
    assert (made.data["author_role"], made.data["status"]) == ("customer", "new")
    assert made.data["text"] == (None if trigger else 'Hi "you", {{x}}')


@pytest.mark.parametrize("trigger", [False, True])
@pytest.mark.parametrize(
    ("author", "public", "role", "from_requester"),
    [("customer", True, "customer", True), ("agent", True, "agent", False), ("agent", False, "agent", False)],
)
def test_a_comment_says_whose_it_is(zendesk: Desk, trigger, author, public, role, from_requester):
    """A trigger does not say who is an agent, but who is the requester."""
    zendesk.control("settings", trigger=trigger)
    sent = zendesk.control(T, action="comment", text="Well.", author=author, public=public)["deliveries"]
    made = only("zendesk", sent)
    said = {name: made.data[name] for name in ("change", "public", "from_requester", "author_role")}
    known = role if not trigger or from_requester else None
    assert said == {"change": "commented", "public": public, "from_requester": from_requester, "author_role": known}


def test_two_comments_of_one_second_are_two_events(zendesk: Desk):
    """Zendesk's times have whole seconds, so a trigger's id holds the comment's."""
    zendesk.control("settings", trigger=True)
    sent = [one for text in "ab" for one in zendesk.control(T, action="comment", text=text)["deliveries"]]
    assert len({id for id, _ in events("zendesk", sent)}) == 2


def test_what_hookline_writes_is_no_customers_message(zendesk: Desk):
    """Its note arrives as an agent's; the shipped triggers do not send it at all."""
    zendesk.call("ticket.update", ticket=str(TICKET), comment="Note.", priority="high", status="pending")
    made = [one.data for _, one in events("zendesk", zendesk.waiting())]
    assert [one["change"] for one in made] == ["commented", "status", "priority"]
    assert (made[0]["author"], made[0]["author_role"], made[0]["from_requester"]) == (str(AGENT), "agent", False)
    assert all(one["author_role"] != "customer" for one in made)
    zendesk.control("settings", trigger=True)
    zendesk.call("ticket.update", ticket=str(TICKET), comment="Note.", status="solved")
    assert zendesk.waiting() == []


def test_a_customers_reply_reopens_a_solved_ticket(zendesk: Desk):
    """The status says from what."""
    zendesk.control(T, action="status", status="solved")
    sent = zendesk.control(T, action="comment", text="It is back.")["deliveries"]
    comment, status = (one.data for _, one in events("zendesk", sent))
    assert (comment["status"], status["change"], status["previous_status"]) == ("open", "status", "solved")
    assert status["author_role"] == "customer"


@pytest.mark.parametrize(
    ("given", "change", "into"),
    [
        ({"action": "spam"}, "spam", None),
        ({"action": "delete"}, "deleted", None),
        ({"action": "merge", "into": TICKET}, "merged", str(TICKET)),
    ],
)
def test_a_ticket_that_ends_says_how(zendesk: Desk, given, change, into):
    """The one that it was merged into is named, and is no entity of the event."""
    number = zendesk.control("tickets", text="Hi.")["ticket"]
    made = only("zendesk", zendesk.control(f"tickets/{number}", **given)["deliveries"])
    assert (made.data["change"], made.data["merged_into"]) == (change, into)
    assert made.entities == [f"zendesk:ticket/{number}", f"zendesk:user/{CUSTOMER}"]


@pytest.mark.parametrize("channel", ["conversation", "email"])
def test_a_new_conversation_is_its_contacts(intercom: Desk, channel):
    """In the workspace that reports it."""
    opened = intercom.control("conversations", text="Hi <b>.", email="bo@example.com", name="Bo", channel=channel)
    made = only("intercom", opened["deliveries"])
    data = made.data
    assert (data["text"], data["author_role"], data["channel"]) == ("Hi <b>.", "customer", channel)
    assert opened["deliveries"][0]["payload"]["app_id"] == WORKSPACE
    assert made.entities == [f"intercom:conversation/{opened['conversation']}", f"intercom:contact/{opened['contact']}"]


@pytest.mark.parametrize(
    ("given", "change", "role", "public", "previous"),
    [
        ({"action": "reply", "author": "customer"}, "commented", "customer", True, None),
        ({"action": "reply", "author": "admin"}, "commented", "agent", True, None),
        ({"action": "note"}, "commented", "agent", False, None),
        ({"action": "close"}, "status", "agent", None, None),
        ({"action": "open"}, "status", "agent", None, "closed"),
    ],
)
def test_an_update_of_a_conversation_says_whose_it_is(intercom: Desk, given, change, role, public, previous):
    """A person's part was not written through the API."""
    data = only("intercom", intercom.control(C, **given)["deliveries"]).data
    assert (data["change"], data["author_role"], data["public"]) == (change, role, public)
    assert data["previous_status"] == previous
    assert data["by_api"] is (False if change == "commented" else None)
    assert data["requester"] == CONTACT


def test_what_hookline_writes_to_intercom_says_that_a_program_wrote_it(intercom: Desk):
    """Reply and note alike, and neither is the customer's."""
    for kind in ("comment", "note"):
        intercom.call("conversation.reply", key=kind * 10, conversation=CONVERSATION, body="Hi.", message_type=kind)
    made = [one.data for _, one in events("intercom", intercom.waiting())]
    assert [(one["by_api"], one["author_role"], one["public"]) for one in made] == [
        (True, "agent", True),
        (True, "agent", False),
    ]
