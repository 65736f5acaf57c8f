"""The context service's Lambda handler: puts every event on the timelines of the entities that it names."""

import time

from functions.core import aws
from functions.core.audit import Audit, sqs_sender
from functions.core.consume import consume
from functions.core.environment import ProjectorEnvironment
from functions.core.event import Event
from functions.core.timeline import Entry, Timelines
from functions.taxonomy.catalogue import check, model_of

environment = ProjectorEnvironment.read()
timelines = Timelines(aws.client("dynamodb"), environment.timelines_table)
audit = Audit("service.context", sqs_sender(aws.client("sqs"), environment.audit_queue_url), time.time)


def project(event: Event) -> None:
    """Put `event` on its entities' timelines; an event that comes twice counts once.

    Raises PermanentError where its data is not what the taxonomy says.
    """
    check(event.type, event.data)
    model = model_of(event.type)
    for entity in event.entities:
        timelines.add(entity, Entry.of(event), model.measures, model.facets, time.time())
    audit.record(
        "projected", event=event.id, correlation=event.correlationid, resource=event.subject, action=event.type
    )
    audit.flush()


handler = consume(project, aws.client("sqs"), environment.queue_url, environment.dead_letter_url)
