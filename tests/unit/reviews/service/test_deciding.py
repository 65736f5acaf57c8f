"""Deciding on a review: one decision, published once, also after a crash between writing and publishing."""

import json

import pytest

from functions.core.authority.grants import LIFETIME, check
from functions.core.events.event import Event, child_id
from functions.core.platform.errors import RetryableError
from functions.core.reviews.review import Refused
from tests.unit.reviews.service.names import ADA, BOB, QUESTION


def test_an_approval_is_published_with_a_grant_for_this_one_action(
    asked, decide, eventbridge, make_event, grant_key, clock
):
    """A fresh one, of the same entities, because of the review service's event."""
    id = asked()
    clock.now += 600
    decided = decide(id, "approve", note="known customer")
    assert decided.status == "approved"
    (said,) = eventbridge.events
    event = Event.from_envelope({"source": "review.service", "detail-type": "review.approved", "detail": said})
    assert event.id == child_id(QUESTION, "review.service", "review.approved")
    assert (event.correlationid, event.causationid, event.hops) == (
        "stripe:evt_1",
        QUESTION,
        2,
    )
    assert (event.subject, event.entities) == (make_event().subject, make_event().entities)
    assert event.data == {
        "review": id,
        "agent": "fraud",
        "action": {"connector": "stripe", "operation": "review.approve", "arguments": {"review": "prv_Example"}},
        "evidence": {"score": 0.81},
        "by": [ADA.name],
        "note": "known customer",
    }
    grant = check(event.grant, [grant_key], clock.now)
    assert (grant.event, grant.correlation, grant.entities) == (event.id, "stripe:evt_1", frozenset(event.entities))
    assert (grant.issued, grant.expires) == (int(clock.now), int(clock.now) + LIFETIME)
    assert (grant.approval.review, grant.approval.agent, grant.approval.approvers) == (id, "fraud", [ADA.name])
    assert (grant.approval.action, grant.approval.state) == (decided.action_digest, decided.state_digest)


def test_a_denial_hands_on_the_grant_that_the_agent_had(asked, decide, eventbridge, make_event, grant_key, clock):
    """It holds no approval."""
    decide(asked(), "deny", note="fraud")
    (said,) = eventbridge.events
    assert (said["type"], said["data"]["by"], said["data"]["note"]) == ("review.denied", [ADA.name], "fraud")
    assert said["grant"] == make_event().grant
    assert check(said["grant"], [grant_key], clock.now).approval is None


def test_a_double_click_publishes_once_and_says_what_was_decided(asked, decide, eventbridge):
    """The second is refused."""
    id = asked()
    decide(id, "approve")
    with pytest.raises(Refused, match="was approved by"):
        decide(id, "approve")
    assert eventbridge.types == ["review.approved"]


def test_the_first_of_two_people_publishes_nothing(asked, decide, eventbridge, make_proposal, audit_queue):
    """The second does, and both are in the event and its grant."""
    id = asked(proposal=make_proposal(approvers=2))
    assert decide(id, "approve", ADA).status == "open"
    assert (eventbridge.events, audit_queue.records[-1]["reason"]) == ([], "1 of 2")
    assert decide(id, "approve", ADA).status == "open"
    assert audit_queue.records[-1]["reason"] == "1 of 2, the same person again"
    assert decide(id, "approve", BOB).status == "approved"
    assert [event["data"]["by"] for event in eventbridge.events] == [[ADA.name, BOB.name]]


def test_what_was_not_shown_cannot_be_approved(asked, service, eventbridge):
    """The review service compares what the operator saw."""
    with pytest.raises(Refused, match="look at it again"):
        service.decide(asked(), "approve", ADA, "", "other", "other")
    assert eventbridge.events == []


@pytest.mark.parametrize(("id", "do"), [("0" * 12, "approve"), (None, "postpone")])
def test_an_unknown_decision_or_review_is_refused(asked, service, id, do):
    """Neither the review nor the word exists."""
    with pytest.raises(Refused):
        service.decide(id or asked(), do, ADA, "", "", "")


def test_a_decision_is_on_record_before_it_is_published(asked, decide, eventbridge, audit_queue, client_error):
    """While the audit queue takes nothing, nothing is published."""
    id = asked()
    audit_queue.refuses = RetryableError("the audit queue cannot be reached")
    with pytest.raises(RetryableError):
        decide(id, "approve")
    assert eventbridge.events == []


@pytest.mark.parametrize("do", ["approve", "deny"])
def test_the_sweep_publishes_after_a_crash_between_writing_and_publishing(
    asked, decide, service, reviews, eventbridge, do
):
    """The decision stands, and its event has the id that it would have had without the crash."""
    id = asked()
    eventbridge.refuses = RetryableError("the bus is down")
    with pytest.raises(RetryableError):
        decide(id, do)
    assert (reviews.get(id).status, eventbridge.events) == ("decided", [])
    eventbridge.refuses = None
    service.sweep()
    (event,) = eventbridge.events
    assert event["id"] == child_id(QUESTION, "review.service", event["type"])
    assert event["data"]["by"] == [ADA.name]
    assert reviews.get(id).status == {"approve": "approved", "deny": "denied"}[do]


def test_the_next_decision_after_a_crash_publishes_the_first_one(asked, decide, eventbridge):
    """It is refused itself."""
    id = asked()
    eventbridge.refuses = RetryableError("the bus is down")
    with pytest.raises(RetryableError):
        decide(id, "approve")
    eventbridge.refuses = None
    with pytest.raises(Refused, match="was approved"):
        decide(id, "deny", BOB)
    assert eventbridge.types == ["review.approved"]


def test_a_crash_between_publishing_and_marking_publishes_the_same_event_again(
    asked, decide, service, reviews, eventbridge, monkeypatch
):
    """Agents know an event by its id, so for them it is one."""
    id, change = asked(), reviews.change

    def crash(id, by):
        if reviews.get(id).decision:
            raise RuntimeError("the function was ended")
        return change(id, by)

    monkeypatch.setattr(reviews, "change", crash)
    with pytest.raises(RuntimeError):
        decide(id, "approve")
    monkeypatch.setattr(reviews, "change", change)
    service.sweep()
    assert len({event["id"] for event in eventbridge.events}) == 1
    assert (len(eventbridge.events), reviews.get(id).status) == (2, "approved")


def test_the_sweep_publishes_nothing_twice(asked, decide, service, eventbridge):
    """What is published is marked."""
    decide(asked(), "approve")
    service.sweep()
    assert eventbridge.types == ["review.approved"]


def test_the_sweep_goes_on_after_one_that_fails(asked, service, clock, eventbridge, make_event, make_grant, reviews):
    """The error names it."""
    ids = []
    for number in (1, 2):
        event = f"stripe:evt_{number}"
        parent = make_event(id=event, correlationid=event, grant=make_grant("x", event=event))
        ids.append(asked(parent=parent, action=None, proposal=""))
    clock.now += 3600
    put, refused = eventbridge.put_events, []

    def refuse_first(Entries):
        if not refused:
            refused.append(json.loads(Entries[0]["Detail"])["data"]["review"])
            raise RetryableError("the bus is down")
        return put(Entries)

    eventbridge.put_events = refuse_first
    with pytest.raises(RetryableError, match=r"not finished: \w{12}$"):
        service.sweep()
    assert refused[0] in ids
    assert {reviews.get(id).status for id in ids} == {"decided", "expired"}
