"""What the agent that asked gets to hear: review.approved, review.denied or review.expired."""

from dataclasses import replace

from functions.core.authority.grants import DEFAULT, LIFETIME, Approval, Grant, mint
from functions.core.events import catalogue
from functions.core.events.event import Event
from functions.core.events.reviews import SOURCE
from functions.core.platform.times import rfc3339
from functions.core.reviews.review import Review


def answer(review: Review, key: str, now: float) -> Event:
    """The event about a decided review, with the same id however often it is made. Pure.

    An approval's grant is a new one: good for the approved action and state, because of this event, from now on. Other
    decisions hand on the grant that the agent had.
    """
    decision = review.decision
    assert decision  # noqa: S101 - only decided reviews have an answer
    type = f"review.{decision.result}"
    data = {
        "review": review.id,
        "agent": review.asked["agent"],
        "action": review.asked["action"],
        "evidence": review.asked["evidence"],
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
        agent=review.asked["agent"],
        action=review.action_digest,
        state=review.state_digest,
        approvers=tuple(review.decision.by),
    )
    # Nobody's word makes no tree young again, and permits nothing anew: what was done because of the first event is
    # not done again. Else an agent could live, and act, for ever on questions that nobody answers.
    by_default = DEFAULT in review.decision.by
    because, issued = (review.because, review.granted) if by_default else (event.id, int(now))
    entities = frozenset(review.entities)
    return mint(Grant(because, event.correlationid, entities, issued, int(now) + LIFETIME, approval), key)
