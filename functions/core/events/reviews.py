"""The words of the review service: what it publishes of a review that was opened, and of a person's decision."""

from functions.core.events.event import Event

SOURCE = "review.service"
REVIEW_OPENED = "review.opened"
REVIEW_APPROVED, REVIEW_DENIED, REVIEW_EXPIRED = DECISIONS = ("review.approved", "review.denied", "review.expired")


def announces(id: str) -> bool:
    """Whether an event of that id is the review service's announcement of a review."""
    return id.startswith(f"{SOURCE}:{REVIEW_OPENED}:")


def is_decision(event: Event) -> bool:
    """Whether `event` is the review service's word on a review; the agent that asked hears it without subscribing."""
    return event.source == SOURCE and event.type in DECISIONS
