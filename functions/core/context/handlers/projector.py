"""The context service's Lambda handler: adds every event to the timelines of the entities that it names."""

import time
from dataclasses import replace

from functions.core.audit.records import Audit, about, sqs_sender
from functions.core.authority.grant_keys import GrantKeys
from functions.core.authority.grants import check as check_grant
from functions.core.context.timeline import Entry, Timelines
from functions.core.events.catalogue import check, model_of
from functions.core.events.event import Event
from functions.core.platform import aws
from functions.core.platform.environment import ProjectorEnvironment
from functions.core.platform.errors import Denied, PermanentError
from functions.core.platform.times import rfc3339
from functions.core.runtime.consume import consume

SUBSCRIBED = ("webhook.", "agent.")  # as in its rule: nothing else in the queue gets onto a timeline
environment = ProjectorEnvironment.read()
timelines = Timelines(aws.client("dynamodb"), environment.timelines_table)
audit = Audit("service.context", sqs_sender(aws.client("sqs"), environment.audit_queue_url), time.time)


def project(event: Event) -> None:
    """Add `event` to the timelines of the entities that it names and its grant covers; a copy changes nothing.

    Raises PermanentError if its data does not fit its type, and Denied if its grant is invalid or belongs to another
    causal tree, or if the context service does not subscribe to its source. Either is recorded.
    """
    what = about(event) | {"action": event.type}
    try:
        _put(event)
        audit.record("projected", **what)
    except PermanentError as error:
        kind = "denied" if isinstance(error, Denied) else "failed"
        audit.record(kind, decision=type(error).__name__, reason=f"published by {event.source}: {error}", **what)
        raise
    finally:
        audit.flush()


def _put(event: Event) -> None:
    if not event.source.startswith(SUBSCRIBED):
        raise Denied(f"the context service does not subscribe to {event.source}")
    check(event.type, event.data)
    model = model_of(event.type)
    now = time.time()
    grant = check_grant(event.grant, GrantKeys(environment.grant_key), now)
    if grant.correlation != event.correlationid:
        raise Denied("the grant belongs to another event")
    # An agent's event gets the time of its receipt: a time of the agent's choosing could sort it anywhere.
    entry = Entry.of(event) if event.source.startswith("webhook.") else replace(Entry.of(event), time=rfc3339(now))
    for entity in grant.entities.intersection(event.entities):
        timelines.add(entity, entry, model.measures, model.facets, now)


handler = consume(project, aws.client("sqs"), environment.queue_url, environment.dead_letter_url, audit)
