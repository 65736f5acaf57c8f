"""The ledger: one claim an effect, on moto's DynamoDB."""

import dataclasses

import pytest

from functions.core.gate.ledger import KEEP_SECONDS, AlreadyDone, Effect, Ledger
from functions.core.platform.errors import Denied, RetryableError

EFFECT = Effect("fraud", "stripe:review.approve", "stripe:review/prv_1", "stripe:evt_1", "digest")
NOW, LEASE = 1000.0, 20.0


@pytest.fixture
def ledger(dynamodb, table, new_id) -> Ledger:
    return Ledger(dynamodb, table("ledger"), new_id)


def item(dynamodb) -> dict | None:
    return dynamodb.get_item(TableName="ledger", Key={"key": {"S": EFFECT.row}}).get("Item")


def test_the_first_claim_is_its_callers(ledger):
    """And it is the first."""
    assert ledger.claim(EFFECT, NOW, LEASE).again is False


def test_a_claim_under_its_lease_makes_others_wait_for_the_rest_of_it(ledger):
    """Another copy of the event is retried when the holder must have finished."""
    ledger.claim(EFFECT, NOW, LEASE)
    with pytest.raises(RetryableError) as refused:
        ledger.claim(EFFECT, NOW + 5, LEASE)
    assert refused.value.retry_after == 15


def test_nobody_waits_less_than_a_second(ledger):
    """At the end of a lease a retry would only spin."""
    ledger.claim(EFFECT, NOW, LEASE)
    with pytest.raises(RetryableError) as refused:
        ledger.claim(EFFECT, NOW + LEASE, LEASE)
    assert refused.value.retry_after == 1


def test_a_claim_whose_lease_ran_out_is_taken_over(ledger):
    """Its holder died; the new one knows of the earlier try, and has a lease of its own."""
    ledger.claim(EFFECT, NOW, LEASE)
    assert ledger.claim(EFFECT, NOW + LEASE + 0.1, LEASE).again is True
    with pytest.raises(RetryableError):
        ledger.claim(EFFECT, NOW + LEASE + 1, LEASE)


@pytest.mark.parametrize("answer", [{"id": "prv_1", "open": False, "score": 0.5, "note": "é"}, None, [], "text"])
def test_what_is_done_gives_its_answer_again(ledger, answer):
    """For as long as the ledger remembers, long after the lease."""
    ledger.claim(EFFECT, NOW, LEASE)
    ledger.finish(EFFECT, answer, NOW)
    assert ledger.claim(EFFECT, NOW + 100 * LEASE, LEASE) == AlreadyDone(answer)


@pytest.mark.parametrize("state", ["leased", "run out", "done"])
def test_a_claim_with_other_arguments_is_denied(ledger, state):
    """An insistent agent cannot act twice by asking for something slightly different."""
    ledger.claim(EFFECT, NOW, LEASE)
    if state == "done":
        ledger.finish(EFFECT, {}, NOW)
    later = NOW + 1 if state == "leased" else NOW + 2 * LEASE
    with pytest.raises(Denied, match="other arguments"):
        ledger.claim(dataclasses.replace(EFFECT, arguments_digest="other"), later, LEASE)


def test_an_unknown_outcome_may_be_taken_over_at_once(ledger):
    """The retry need not wait for the lease: its holder said that it is over."""
    ledger.unknown(EFFECT, ledger.claim(EFFECT, NOW, LEASE))
    assert ledger.claim(EFFECT, NOW, LEASE).again is True


def test_a_released_claim_is_as_if_it_had_never_been(ledger, dynamodb):
    """The provider said for certain that nothing happened; other arguments are good again too."""
    ledger.release(EFFECT, ledger.claim(EFFECT, NOW, LEASE))
    assert item(dynamodb) is None
    assert ledger.claim(dataclasses.replace(EFFECT, arguments_digest="other"), NOW, LEASE).again is False


@pytest.mark.parametrize("give_up", [Ledger.unknown, Ledger.release], ids=["unknown", "release"])
@pytest.mark.parametrize("done", [False, True], ids=["claimed again", "done since"])
def test_who_overstayed_its_lease_takes_nothing_from_its_successor(ledger, dynamodb, give_up, done):
    """A late answer of the first must not undo the second."""
    first = ledger.claim(EFFECT, NOW, LEASE)
    ledger.claim(EFFECT, NOW + LEASE + 1, LEASE)
    if done:
        ledger.finish(EFFECT, {"id": "prv_1"}, NOW)
    before = item(dynamodb)
    give_up(ledger, EFFECT, first)
    assert item(dynamodb) == before


def test_a_claim_is_kept_for_its_time_and_no_longer(ledger, dynamodb):
    """DynamoDB removes it after half a year."""
    ledger.claim(EFFECT, NOW, LEASE)
    assert item(dynamodb)["expires"]["N"] == str(int(NOW) + KEEP_SECONDS)


@pytest.mark.parametrize("name", ["agent", "operation", "entity", "event"])
def test_effects_that_differ_in_a_verified_field_are_two(name):
    """Each of them is part of the key."""
    assert dataclasses.replace(EFFECT, **{name: "other"}).key != EFFECT.key


def test_the_key_does_not_hang_on_what_an_agent_wrote():
    """Otherwise an agent could claim again by changing a word."""
    assert dataclasses.replace(EFFECT, arguments_digest="other").key == EFFECT.key


def test_fields_cannot_run_into_each_other_in_the_key():
    """The end of one is not the beginning of the next."""
    shifted = dataclasses.replace(EFFECT, agent="fraudr", operation="eview.approve")
    assert shifted.key != EFFECT.key


def test_other_errors_of_the_table_are_not_taken_for_a_claim(dynamodb, new_id):
    """The table does not exist here."""
    with pytest.raises(dynamodb.exceptions.ResourceNotFoundException):
        Ledger(dynamodb, "absent", new_id).claim(EFFECT, NOW, LEASE)


def test_a_claim_that_the_sdk_repeats_is_held_and_may_have_acted(repeating, table, new_id):
    """What was there before the first call is lost, so the provider is asked first."""
    ledger = Ledger(repeating, table("ledger"), new_id)
    assert ledger.claim(EFFECT, NOW, LEASE).again
    with pytest.raises(RetryableError, match="in progress"):
        ledger.claim(EFFECT, NOW, LEASE)
