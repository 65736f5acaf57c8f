"""The steps that every call of a connector passes, in their order."""

import pytest

from functions.core.gate.call import RESERVE_SECONDS
from functions.core.platform.canonical import digest
from functions.core.platform.errors import (
    RetryableError,
)
from tests.unit.gate.gate.stripe import APPROVAL, CHARGE, STRIPE


def test_an_effect_passes_every_step_in_order(ask, steps):
    """Who, whose grant, has it been done, the intent on record, the call, its answer kept and recorded."""
    assert ask("review.approve", {"review": "prv_1"}) == {"done": True}
    assert steps == [
        *("who", "whose grant", "may it", "reserve_effect", "claim"),
        *("record", "flush", "call", "finish", "record", "flush"),
    ]


def test_a_read_claims_nothing(ask, steps, audit_queue):
    """And stands on the trail with the digest of its answer."""
    assert ask("charge.retrieve", {"charge": "ch_1"}) == {"done": True}
    assert steps == ["who", "whose grant", "may it", "call", "record", "flush"]
    record = audit_queue.records[0]
    assert (record["kind"], record["decision"], record["resource"]) == ("read", "permit", CHARGE)
    assert record["digests"] == {"arguments": digest({"charge": "ch_1"}), "answer": digest({"done": True})}


def test_the_effects_key_goes_to_the_provider(ask, performer):
    """It is the ledger's, made of verified fields; a read has none."""
    ask("review.approve", {"review": "prv_1"})
    ask("charge.retrieve", {"charge": "ch_1"})
    assert [call[2] for call in performer.calls] == [APPROVAL.key, None]


@pytest.mark.parametrize(("left", "seconds"), [(5, 5 - RESERVE_SECONDS), (100, STRIPE.seconds)])
def test_a_call_gets_what_is_left_of_the_deadline_up_to_the_connectors_own(ask, performer, clock, left, seconds):
    """Less what is needed to write its outcome down."""
    ask("charge.retrieve", {"charge": "ch_1"}, deadline=clock.now + left)
    assert performer.calls[0][3] == pytest.approx(seconds)


@pytest.mark.parametrize(("operation", "arguments"), [("charge.retrieve", "charge"), ("review.approve", "review")])
def test_after_the_deadline_nothing_is_called_or_claimed(ask, performer, steps, clock, operation, arguments):
    """The retried event has time of its own."""
    ids = {"charge": "ch_1", "review": "prv_1"}
    with pytest.raises(RetryableError, match="time is up"):
        ask(operation, {arguments: ids[arguments]}, deadline=clock.now + RESERVE_SECONDS)
    assert "claim" not in steps
    assert performer.calls == []


def test_an_optional_argument_goes_along(ask, performer):
    """And is part of what the claim was made with."""
    ask("charge.retrieve", {"charge": "ch_1", "limit": 5})
    assert performer.calls[0][1] == {"charge": "ch_1", "limit": 5}
