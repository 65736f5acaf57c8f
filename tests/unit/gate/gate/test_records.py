"""What a call leaves on the audit trail, and when."""

import pytest

from functions.core.platform.errors import (
    Denied,
    RetryableError,
)


def test_the_intent_is_on_record_before_the_call(ask, performer, audit_queue):
    """Even if the outcome of the call is unknown."""
    seen = []
    performer.call = lambda *_: seen.extend(audit_queue.kinds) or {}
    ask("review.approve", {"review": "prv_1"})
    assert seen == ["attempted"]
    assert audit_queue.kinds == ["attempted", "effected"]


def test_every_record_names_the_event_of_the_grant_and_what_is_only_claimed(ask, audit_queue):
    """The agent says that it handles another event of the tree, which nothing proves."""
    sent = {"event": "agent.fraud:payment.held:1", "causation": "stripe:evt_1"}
    ask("review.approve", {"review": "prv_1"}, **sent)
    ask("review.approve", {"review": "prv_1"}, **sent)
    ask("charge.retrieve", {"charge": "ch_1"}, **sent)
    with pytest.raises(Denied):
        ask("charge.retrieve", {"charge": "ch_other"}, **sent)
    assert audit_queue.kinds == ["attempted", "effected", "repeated", "read", "denied"]
    said = {tuple(record[name] for name in ("event", "claimed", "causation")) for record in audit_queue.records}
    assert said == {("stripe:evt_1", *sent.values())}


def test_the_event_that_the_grant_was_minted_for_is_not_marked_as_claimed(ask, audit_queue):
    ask("charge.retrieve", {"charge": "ch_1"})
    (record,) = audit_queue.records
    assert (record["event"], record["claimed"], record["correlation"]) == ("stripe:evt_1", "", "stripe:evt_1")


@pytest.mark.parametrize("alias", ["fraud", "nobody"])
def test_without_a_valid_grant_no_event_is_verified(ask, audit_queue, alias):
    """What the caller says stays in its tree, marked as its word."""
    with pytest.raises(Denied):
        ask("charge.retrieve", {"charge": "ch_1"}, alias=alias, grant="made-up", event="stripe:evt_9")
    (record,) = audit_queue.records
    assert (record["event"], record["claimed"], record["correlation"]) == ("", "stripe:evt_9", "stripe:evt_1")


def test_without_a_cause_in_the_request_the_record_has_none(ask, audit_queue):
    """A delivery's event has no parent, and an agent that was deployed earlier does not send it."""
    ask("charge.retrieve", {"charge": "ch_1"})
    assert audit_queue.records[0]["causation"] == ""


def test_without_the_intent_on_record_nothing_is_called(ask, performer, audit_queue):
    """An effect that nobody could show afterwards does not happen."""
    audit_queue.refuses = RetryableError("the audit queue is full")
    with pytest.raises(RetryableError, match="audit queue"):
        ask("review.approve", {"review": "prv_1"})
    assert performer.calls == []


def test_a_failure_that_nobody_foresaw_is_on_record_by_its_place(ask, performer, audit_queue):
    """Its message may quote what the caller sent."""
    performer.raises = ValueError("a customer's words")
    with pytest.raises(ValueError):
        ask("charge.retrieve", {"charge": "ch_1"})
    (record,) = audit_queue.records
    assert (record["kind"], record["decision"]) == ("failed", "ValueError")
    assert record["reason"].startswith("ValueError at ")
    assert "customer" not in record["reason"]


def test_no_argument_or_answer_stands_on_the_trail_in_clear(ask, audit_queue):
    """Only their digests do."""
    ask("review.approve", {"review": "prv_1", "note": "a customer's words"})
    assert "a customer's words" not in str(audit_queue.records)
    assert "done" not in str(audit_queue.records)
