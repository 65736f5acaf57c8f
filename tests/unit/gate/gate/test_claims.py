"""One effect happens once: what a second call gets, and what a failure does to the claim."""

import pytest

from functions.core.platform.errors import (
    CircuitOpen,
    ConfigurationError,
    Denied,
    PermanentError,
    RetryableError,
)
from tests.unit.gate.gate.stripe import APPROVAL, STRIPE, status


def test_a_second_call_gets_the_firsts_answer_and_calls_nothing(ask, performer, audit_queue):
    """A copy of the event, a retry, an insistent agent: one effect."""
    assert [ask("review.approve", {"review": "prv_1"}) for _ in range(3)] == [{"done": True}] * 3
    assert len(performer.calls) == 1
    assert audit_queue.kinds == ["attempted", "effected", "repeated", "repeated"]


def test_a_second_call_with_other_arguments_is_denied(ask, performer):
    """One event has one effect of a kind on an entity."""
    ask("review.approve", {"review": "prv_1"})
    with pytest.raises(Denied, match="other arguments"):
        ask("review.approve", {"review": "prv_1", "note": "again"})
    assert len(performer.calls) == 1


def test_a_retryable_failure_leaves_the_claim_open_for_the_next(ask, performer, audit_queue):
    """It may or may not have happened; the next one finds out at once, and says that it took over."""
    performer.raises = RetryableError("no answer", retry_after=3)
    with pytest.raises(RetryableError) as failed:
        ask("review.approve", {"review": "prv_1"})
    performer.raises = None
    assert failed.value.retry_after == 3
    assert ask("review.approve", {"review": "prv_1"}) == {"done": True}
    assert [(record["kind"], record["reason"]) for record in audit_queue.records] == [
        ("attempted", ""),
        ("failed", "no answer"),
        ("attempted", "taken over"),
        ("effected", ""),
    ]


def test_an_open_circuit_releases_the_claim(ask, performer, dynamodb):
    """Nothing was sent, so the next one need not find anything out."""
    performer.raises = CircuitOpen("stripe is not well", 20)
    with pytest.raises(CircuitOpen):
        ask("review.approve", {"review": "prv_1"})
    assert status(dynamodb, APPROVAL) is None


def test_a_credential_that_is_not_set_releases_the_claim(ask, performer, dynamodb):
    """Nothing was sent; the retry must meet the same reason, not its own claim."""
    performer.raises = ConfigurationError("secret hookline/connectors/stripe cannot be read")
    for _ in range(2):
        with pytest.raises(ConfigurationError):
            ask("review.approve", {"review": "prv_1"})
    assert status(dynamodb, APPROVAL) is None


def test_a_permanent_failure_releases_the_claim(ask, performer, dynamodb):
    """The provider said for certain that nothing happened."""
    performer.raises = PermanentError("stripe answered 404")
    with pytest.raises(PermanentError):
        ask("review.approve", {"review": "prv_1"})
    assert status(dynamodb, APPROVAL) is None


def test_a_failure_that_nobody_foresaw_keeps_the_claim_for_its_lease(ask, performer, clock):
    """Whether it happened is not known, so nobody else may act at once; after the lease the next one may."""
    performer.raises = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        ask("review.approve", {"review": "prv_1"})
    performer.raises = None
    with pytest.raises(RetryableError, match="in progress"):
        ask("review.approve", {"review": "prv_1"})
    clock.now += STRIPE.timeout + 1
    assert ask("review.approve", {"review": "prv_1"}) == {"done": True}
