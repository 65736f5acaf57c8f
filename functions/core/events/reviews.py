"""The names of the review service's events: a review was opened, how it was decided, and what that led to."""

from functions.core.events.event import Event, id_prefix

SOURCE = "review.service"
APPROVAL_REQUIRED = "approval.required"  # an agent's question, which the review service opens a review for
APPROVAL_REPORTED = "approval.reported"  # what became of an action that was approved, by the agent that asked
TO_SERVICE = (APPROVAL_REQUIRED, APPROVAL_REPORTED)
REVIEW_OPENED = "review.opened"
REVIEW_APPROVED, REVIEW_DENIED, REVIEW_EXPIRED = ("review.approved", "review.denied", "review.expired")
REVIEW_SETTLED = "review.settled"  # the same, under the grant of the question
DECISIONS = (REVIEW_APPROVED, REVIEW_DENIED, REVIEW_EXPIRED, REVIEW_SETTLED)


def is_announced(event: Event) -> bool:
    """Whether the causal tree of `event` begins with the review service's announcement of a review.

    No other publisher can publish an id with that prefix. The grant is bound to the correlation id, so an event with a
    valid grant cannot name another tree.
    """
    return event.correlationid.startswith(id_prefix(SOURCE, REVIEW_OPENED))


def is_decision(event: Event) -> bool:
    """Whether `event` is a decision on a review, or what it led to; the agent that asked needs no subscription."""
    return event.source == SOURCE and event.type in DECISIONS
