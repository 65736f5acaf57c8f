"""The answer to the agent that asked: review.approved, review.denied or review.expired."""

from dataclasses import replace

from functions.core.authority.grants import DEFAULT, LIFETIME, Approval, Grant, mint
from functions.core.events import catalogue
from functions.core.events.event import Event
from functions.core.events.reviews import SOURCE
from functions.core.platform.times import rfc3339
from functions.core.reviews.review import Review


def answer(review: Review, key: str, now: float) -> Event:
    """The event about a decided review. Its parent is the question, and its id follows from the question's id. Pure.

    An approval has a new grant, for the approved action and state, issued now for this event. Other decisions pass on
    the grant of the question.
    """
    decision = review.decision
    assert decision  # noqa: S101 - only decided reviews have an answer
    type = f"review.{decision.result}"
    data = {
        "review": review.id,
        "agent": review.request["agent"],
        "action": review.request["action"],
        "evidence": review.request["evidence"],
        "by": list(decision.by),
        "note": decision.note,
    }
    child = review.event.child(
        source=SOURCE,
        type=type,
        time=rfc3339(decision.at),
        data=catalogue.check(type, data),
        schema=catalogue.schema(type),
    )
    return replace(child, grant=_approved(review, child, key, now)) if decision.result == "approved" else child


def _approved(review: Review, event: Event, key: str, now: float) -> str:
    assert review.decision  # noqa: S101 - only decided reviews have an answer
    approval = Approval(
        review=review.id,
        agent=review.request["agent"],
        action=review.action_digest,
        state=review.state_digest,
        approvers=tuple(review.decision.by),
    )
    # An approval by default extends no grant and permits no second effect for the same event. Otherwise an agent could
    # act without end on questions that nobody answers.
    by_default = DEFAULT in review.decision.by
    because, issued = (review.because, review.granted) if by_default else (event.id, int(now))
    # People approved this action on what a link leads to. Nobody did if it was approved by default.
    linked = {review.proposal.entity} if review.proposal and review.proposal.linked and not by_default else set()
    entities = frozenset(review.entities) | linked
    return mint(Grant(because, event.correlationid, entities, issued, int(now) + LIFETIME, approval), key)
