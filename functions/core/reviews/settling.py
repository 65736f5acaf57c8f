"""What an approved action led to: the agent's report, checked, and the event by which the agent goes on. Pure.

The effects of an approval's grant are limited to the approved action, so an agent cannot write down under it what
became of that action. review.settled carries the entities of the question's grant instead, as a denial does.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import ceil
from typing import Any

from functions.core.authority.grants import DEFAULT, check, mint, unverified
from functions.core.events import catalogue
from functions.core.events.event import Event
from functions.core.events.reviews import REVIEW_SETTLED, SOURCE
from functions.core.platform.errors import Denied
from functions.core.platform.times import rfc3339
from functions.core.reviews.review import Review

# Longer than all tries of an event take (functions/core/platform/backoff.py).
LATE = 3600  # seconds after the decision
NO_REPORT = "the agent has not said within an hour what became of it"
OUTCOMES = ("done", "failed", "unknown", "asked_again")
FINAL = ("done", "asked_again")


def reports(review: Review) -> bool:
    """Whether a report is owed: an action was approved, and the agent says what became of it."""
    approved = review.decision is not None and review.decision.result == "approved"
    return approved and review.proposal is not None and review.request.get("reports") is True


def late_at(review: Review) -> int:
    """When a report that has not come is late, in whole unix seconds, as schedules have them."""
    assert review.decision  # noqa: S101 - only decided reviews owe a report
    return ceil(review.decision.at) + LATE


def is_late(review: Review, now: float) -> bool:
    """Whether a report is owed, late, and not there."""
    return reports(review) and not review.settled and now >= late_at(review)


def changes(review: Review, outcome: str) -> bool:
    """Whether `outcome` is news. What failed, or nobody knew, can be done after all: a dead letter is redriven."""
    return review.settled not in FINAL and review.settled != outcome


def reported(event: Event, data: Mapping[str, Any], review: Review | None, keys: Sequence[str], now: float) -> Review:
    """The review that `event`, an approval.reported with `data`, is about.

    Raises Denied unless its agent was given the approval of this review: the report carries the approval's own grant,
    which nobody else has.
    """
    if event.source != f"agent.{data['agent']}":
        raise Denied(f"{event.source} reports in the name of another agent")
    approval = check(event.grant, keys, now).approval
    if approval is None or (approval.review, approval.agent) != (data["review"], data["agent"]):
        raise Denied("the report is not under the approval of this review")
    if review is None or not reports(review):
        raise Denied(f"no report on review {data['review']} is owed")
    return review


def settled(review: Review, outcome: str, reason: str, key: str, now: float) -> Event:
    """The event for the agent that asked: a child of its question. The same outcome gives the same id.

    Its grant is that of the question with a cause of its own, so that what the agents did because of the question does
    not stand in the way of a note: the same entities, the same tree, the same end. An approval by default has no new
    cause, as nobody decided.
    """
    assert review.decision  # noqa: S101 - only decided reviews are settled
    data = {
        "review": review.id,
        "agent": review.request["agent"],
        "action": review.request["action"],
        "evidence": review.request["evidence"],
        "by": list(review.decision.by),
        "note": review.decision.note,
        "outcome": outcome,
        "reason": reason,
    }
    child = review.event.child(
        source=SOURCE,
        type=REVIEW_SETTLED,
        number=1 + OUTCOMES.index(outcome),
        time=rfc3339(now),
        data=catalogue.check(REVIEW_SETTLED, data),
        schema=catalogue.schema(REVIEW_SETTLED),
    )
    if DEFAULT in review.decision.by:
        return child
    # It was checked when the review was opened.
    return replace(child, grant=mint(replace(unverified(review.event.grant), event=child.id), key))


def asked_before(review: Review, find: Callable[[str], Review | None]) -> Review:
    """The review as it answers: if its agent asks again under its own approval, with the grant of its first question.

    Under the approval's, the agent could not write down that people denied it.
    """
    approval = unverified(review.event.grant).approval
    if approval is None or approval.agent != review.request["agent"]:
        return review
    first = find(approval.review)
    return replace(review, event=replace(review.event, grant=first.event.grant)) if first else review
