"""An agent answers tickets of both desks through the real gate, once whatever crashes, and no other ticket."""

import json
from pathlib import Path

import pytest

from functions.providers.intercom.sandbox.account import CONTACT, CONVERSATION, WORKSPACE
from functions.providers.zendesk.sandbox.account import CUSTOMER, TICKET
from hookline.testing.kit import Kit, event
from tests.planted import planted

TICKETS = {
    "zendesk": (str(TICKET), [f"zendesk:ticket/{TICKET}", f"zendesk:user/{CUSTOMER}"]),
    "intercom": (
        CONVERSATION,
        [f"intercom:conversation@{WORKSPACE}/{CONVERSATION}", f"intercom:contact@{WORKSPACE}/{CONTACT}"],
    ),
}
EFFECTS = {
    "zendesk": ["zendesk.ticket.update"],
    "intercom": ["intercom.conversation.reply", "intercom.conversation.tag"],
}
CASES = [(name, effect) for name, effects in EFFECTS.items() for effect in effects]


@pytest.fixture(scope="module", autouse=True)
def _agents():
    with planted(Path(__file__).parent / "agents"):
        yield


def opened(name, **given):
    ticket, entities = TICKETS[name]
    return event(
        "ticket.created", publisher=f"webhook.{name}", entities=given.pop("entities", entities), ticket=ticket, **given
    )


def effects_at(kit, name):
    return json.loads(kit.sandbox(name).control("GET", "state", b"").body)["effects"]


@pytest.mark.parametrize(("name", "effect"), CASES)
def test_a_crash_after_an_effect_leaves_one_of_it(name, effect):
    """The next try finds what the one before did, by the ledger's key."""
    with Kit("answering") as kit:
        kit.crash(after=effect)
        assert kit.wake(opened(name)).status == "handled"
        assert [f"{name}.{one['kind']}" for one in effects_at(kit, name)] == EFFECTS[name]


@pytest.mark.parametrize("name", TICKETS)
def test_a_ticket_that_the_event_does_not_name_is_denied(name):
    """Whatever its customer writes: the event is the permission."""
    with Kit("answering") as kit:
        result = kit.wake(opened(name, subject="another"))
        assert (result.status, [one.kind for one in result.denials]) == ("dead-lettered", ["Denied"])
        assert effects_at(kit, name) == []


def test_a_conversation_of_another_workspace_is_a_dead_letter():
    """The token would act on its own workspace."""
    with Kit("answering") as kit:
        entities = [f"intercom:conversation@another/{CONVERSATION}"]
        assert kit.wake(opened("intercom", entities=entities)).status == "dead-lettered"
        assert effects_at(kit, "intercom") == []
