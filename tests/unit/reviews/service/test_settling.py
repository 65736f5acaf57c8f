"""What an approved action led to: told once to the agent that asked, under its question's grant, and never forged."""

from dataclasses import replace

import pytest

from functions.core.authority.grants import LIFETIME, Approval, Grant, mint, unverified
from functions.core.events.event import Event
from functions.core.platform.errors import Denied, PermanentError
from functions.core.reviews.settling import LATE, NO_REPORT
from functions.core.runtime.outcomes import LONGEST_REASON


@pytest.fixture
def approved(asked, decide, eventbridge):
    """The review.approved of a review whose agent reports; fields of the question may be changed."""

    def made(**changes):
        decide(asked(**{"reports": True, **changes}), "approve")
        return Event(**eventbridge.events[-1])

    return made


@pytest.fixture
def report(service):
    """Reports an outcome of an approval as its agent's runtime does; fields and data may be changed."""

    def send(approval, outcome="done", reason="", data=(), **changes):
        said = {"agent": "fraud", "review": approval.data["review"], "outcome": outcome, "reason": reason}
        made = approval.child(
            source="agent.fraud", type="approval.reported", time=approval.time, data=said | dict(data), schema="x"
        )
        service.receive(replace(made, **changes))

    return send


def settled(eventbridge):
    return [one for one in eventbridge.events if one["type"] == "review.settled"]


def test_a_report_is_told_to_the_agent_once_under_its_questions_grant(approved, report, eventbridge, reviews):
    """The entities, the tree and the end are the question's; the cause is the outcome itself."""
    approval = approved()
    for _ in range(3):
        report(approval)
    (told,) = settled(eventbridge)
    assert (told["data"]["outcome"], told["data"]["agent"], told["data"]["note"]) == ("done", "fraud", "")
    grant, question = unverified(told["grant"]), unverified(reviews.get(told["data"]["review"]).event.grant)
    assert (grant.event, grant.approval) == (told["id"], None)
    assert replace(grant, event=question.event) == question


@pytest.mark.parametrize(
    ("reports", "told"),
    [
        (["failed", "failed", "done", "failed"], ["failed", "done"]),
        (["unknown", "failed", "done"], ["unknown", "failed", "done"]),
        (["done", "failed", "unknown"], ["done"]),
        (["asked_again", "done"], ["asked_again"]),
    ],
)
def test_what_failed_may_be_done_after_all_and_what_is_done_is_final(approved, report, eventbridge, reports, told):
    """Each outcome has an id of its own."""
    approval = approved()
    for outcome in reports:
        report(approval, outcome)
    assert [one["data"]["outcome"] for one in settled(eventbridge)] == told
    assert len({one["id"] for one in settled(eventbridge)}) == len(told)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"source": "agent.evil"}, "in the name of another agent"),
        ({"source": "agent.evil", "data": {"agent": "evil"}}, "not under the approval"),
        ({"data": {"review": "0" * 12}}, "not under the approval"),
        ({"data": {"outcome": "splendid"}}, "outcome"),
        ({"data": {"reason": "x" * 501}}, "reason"),
    ],
)
def test_a_forged_report_is_refused_and_on_record(approved, report, eventbridge, audit_queue, changes, why):
    """Each sender, and each content."""
    with pytest.raises(PermanentError, match=why):
        report(approved(), **changes)
    assert (settled(eventbridge), audit_queue.kinds[-1]) == ([], "refused")


@pytest.mark.parametrize("review", ["another", None])
def test_a_report_needs_the_grant_of_its_approval(approved, report, eventbridge, grant_key, clock, review):
    """Another review's approval, or the grant of a delivery, is none."""
    approval = approved()
    other = Approval(review, "fraud", "a", "s", ("ada",)) if review else None
    grant = Grant("e", approval.correlationid, frozenset(), int(clock.now), int(clock.now) + LIFETIME, other)
    with pytest.raises(Denied, match="not under the approval"):
        report(approval, grant=mint(grant, grant_key))
    assert settled(eventbridge) == []


def test_no_report_is_owed_by_an_agent_that_did_not_say_so(approved, report, eventbridge, service, clock):
    """And none is missed."""
    approval = approved(reports=False)
    with pytest.raises(Denied, match="no report"):
        report(approval)
    clock.now += LATE + 1
    service.expire(approval.data["review"])
    assert settled(eventbridge) == []


def test_without_a_report_nobody_knows_after_an_hour(approved, report, eventbridge, service, scheduler, clock):
    """By a schedule of its own. A later report is published too, and no outcome is published twice."""
    approval = approved()
    assert [one["Name"].partition("-")[0] for one in scheduler.calls] == ["review", "report"]
    clock.now += LATE - 1
    service.expire(approval.data["review"])
    assert settled(eventbridge) == []
    clock.now += 2
    for _ in range(2):
        service.expire(approval.data["review"])
    assert [(one["data"]["outcome"], one["data"]["reason"]) for one in settled(eventbridge)] == [("unknown", NO_REPORT)]
    report(approval)
    assert [one["data"]["outcome"] for one in settled(eventbridge)] == ["unknown", "done"]


def test_an_approval_by_default_gives_the_outcome_no_cause_of_its_own(asked, report, service, eventbridge, clock):
    """Nobody approved, so the agent may not act a second time for the same event."""
    id = asked(otherwise="approve", reports=True)
    clock.now += 3600
    service.expire(id)
    report(Event(**eventbridge.events[-1]), "failed", "x" * LONGEST_REASON)
    (told,) = settled(eventbridge)
    assert unverified(told["grant"]).event == "stripe:evt_1"
