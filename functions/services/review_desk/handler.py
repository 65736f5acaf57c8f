"""The review desk's Lambda handler: keeps what agents ask of people."""

import time

from functions.core import aws
from functions.core.audit import Audit, sqs_sender
from functions.core.consume import consume
from functions.core.environment import ReviewDeskEnvironment
from functions.core.errors import PermanentError
from functions.core.event import Event
from functions.services.review_desk.reviews import Reviews
from functions.taxonomy import catalogue

environment = ReviewDeskEnvironment.read()
reviews = Reviews(aws.client("dynamodb"), environment.reviews_table)
audit = Audit("service.review_desk", sqs_sender(aws.client("sqs"), environment.audit_queue_url), time.time)


def keep(event: Event) -> None:
    """Open a review for an approval.required event, once."""
    asked = catalogue.check(event.type, event.data)
    if event.source != f"agent.{asked['agent']}":
        raise PermanentError(f"{event.source} asks in the name of another agent")
    reviews.open(event)
    audit.record("asked", event=event.id, correlation=event.correlationid, resource=event.subject, action=event.type)
    audit.flush()


handler = consume(keep, aws.client("sqs"), environment.queue_url, environment.dead_letter_url)
