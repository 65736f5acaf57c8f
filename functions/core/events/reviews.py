"""The names of the review service's events: a review was opened, and how it was decided."""

from functions.core.events.event import Event, id_prefix

SOURCE = "review.service"
APPROVAL_REQUIRED = "approval.required"  # an agent's question, which the review service opens a review for
REVIEW_OPENED = "review.opened"
REVIEW_APPROVED, REVIEW_DENIED, REVIEW_EXPIRED = DECISIONS = ("review.approved", "review.denied", "review.expired")


def is_announced(event: Event) -> bool:
    """Whether the causal tree of `event` begins with the review service's announcement of a review.

    No other publisher can publish an id with that prefix. The grant is bound to the correlation id, so an event with a
    valid grant cannot name another tree.
    """
    return event.correlationid.startswith(id_prefix(SOURCE, REVIEW_OPENED))


def is_decision(event: Event) -> bool:
    """Whether `event` is a decision on a review; the agent that asked receives it without subscribing."""
    return event.source == SOURCE and event.type in DECISIONS
