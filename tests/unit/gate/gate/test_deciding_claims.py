"""Effects that decide on an entity which several events name: one of them happens, for whichever comes first."""

import dataclasses

import pytest

from functions.core.gate.authority import decided_entity
from functions.core.gate.ledger import SOON, AlreadyDone, Effect, Ledger
from functions.core.manifests.connector import Operation
from functions.core.platform.errors import Gone, PerhapsDone, RetryableError, Superseded

DIALOG = "openai:dialog/0378@a/1"
FIRST = Effect("reception", "openai:call.accept", "openai:call/rtc_1", "openai:wh_1", "digest", DIALOG)
OTHER = Effect("reception", "openai:session.reject", "openai:session/live_1", "openai:wh_2", "another", DIALOG)
NOW, LEASE = 1000.0, 16.0


@pytest.fixture
def ledger(dynamodb, table, new_id) -> Ledger:
    return Ledger(dynamodb, table("ledger"), new_id)


def test_they_have_one_key_for_an_agent_and_connector_unlike_ordinary_effects():
    assert FIRST.key == OTHER.key != dataclasses.replace(FIRST, decides="").key
    assert dataclasses.replace(FIRST, agent="another").key != FIRST.key
    assert dataclasses.replace(FIRST, decides="openai:dialog/0378@a/2").key != FIRST.key


def test_what_has_been_decided_is_not_decided_again(ledger):
    """The second event learns what the first one did, and that it was not itself."""
    ledger.claim(FIRST, NOW, LEASE)
    ledger.finish(FIRST, None, NOW)
    with pytest.raises(Superseded, match="decided by openai:call.accept on openai:call/rtc_1") as stopped:
        ledger.claim(OTHER, NOW + 1, LEASE)
    assert (stopped.value.by, stopped.value.own) == ("openai:call.accept", False)
    assert ledger.claim(FIRST, NOW + 1, LEASE) == AlreadyDone(None)


@pytest.mark.parametrize("change", [{"arguments_digest": "other"}, {"operation": "openai:call.reject"}])
def test_an_event_that_decides_otherwise_the_second_time_learns_what_stands(ledger, change):
    ledger.claim(FIRST, NOW, LEASE)
    ledger.finish(FIRST, None, NOW)
    with pytest.raises(Superseded) as stopped:
        ledger.claim(dataclasses.replace(FIRST, **change), NOW + 1, LEASE)
    assert (stopped.value.by, stopped.value.own) == ("openai:call.accept", True)


@pytest.mark.parametrize(("after", "again"), [(0.1, SOON), (3.0, 3.0), (10.0, 6.0)])
def test_who_waits_for_a_decision_asks_soon_and_then_more_rarely(ledger, after, again):
    """A ring is short, and an event has eight tries."""
    ledger.claim(FIRST, NOW, LEASE)
    with pytest.raises(RetryableError, match="is being decided") as waits:
        ledger.claim(OTHER, NOW + after, LEASE)
    assert waits.value.retry_after == pytest.approx(again)


@pytest.mark.parametrize("released", [True, False])
def test_a_claim_that_came_to_nothing_is_the_next_events(ledger, released):
    """The provider refused the first id, or died on it: the other id may have the call."""
    claim = ledger.claim(FIRST, NOW, LEASE)
    ledger.release(FIRST, claim) if released else ledger.unknown(FIRST, claim)
    assert ledger.claim(OTHER, NOW + 1, LEASE).again is not released
    ledger.finish(OTHER, {"id": 1}, NOW + 2)
    with pytest.raises(Superseded, match="openai:session.reject"):
        ledger.claim(FIRST, NOW + 3, LEASE)


def test_an_answer_that_comes_after_another_took_over_is_what_stands(ledger):
    """Who answered outlived its lease, and has acted."""
    ledger.claim(FIRST, NOW, LEASE)
    ledger.claim(OTHER, NOW + LEASE + 1, LEASE)
    ledger.finish(FIRST, None, NOW + LEASE + 2)
    with pytest.raises(Superseded, match="openai:call.accept"):
        ledger.claim(OTHER, NOW + LEASE + 3, LEASE)


ACCEPT = Operation(
    "call.accept", kind="effect", entity="openai:call/{id}", idempotency="natural", decides="openai:dialog"
)


@pytest.mark.parametrize(
    ("entities", "found"),
    [
        (["openai:call/rtc_1", DIALOG], DIALOG),
        (["openai:call/rtc_1", "openai:dialog@acme/1"], "openai:dialog@acme/1"),
        (["openai:call/rtc_1"], ""),
        (["openai:dialogs/1", "stripe:dialog/1"], ""),
        ([DIALOG, "openai:dialog/another"], ""),
    ],
)
def test_the_entity_is_the_one_of_its_kind_that_the_grant_names(entities, found):
    """Without one, or with several, the effect is claimed as any other."""
    grant = type("Grant", (), {"entities": frozenset(entities)})
    assert decided_entity(ACCEPT, grant) == found
    assert decided_entity(dataclasses.replace(ACCEPT, decides=""), grant) == ""


@pytest.mark.parametrize(("again", "kind"), [(True, PerhapsDone), (False, Gone)])
def test_what_is_gone_after_a_lost_answer_may_have_been_done(ask, performer, again, kind):
    """A caller must not take it for certain that nothing happened."""
    if again:
        performer.raises = RetryableError("no answer")
        with pytest.raises(RetryableError):
            ask("review.approve", {"review": "prv_1"})
    performer.raises = Gone("stripe answered 404")
    with pytest.raises(kind):
        ask("review.approve", {"review": "prv_1"})
