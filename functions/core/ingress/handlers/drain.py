"""The drain's Lambda handler: the spill queue, FIFO with a group for each source, back onto the bus in order."""

import json
import random
import time
from typing import Any

from functions.core.audit.records import Audit, rejected, sqs_sender
from functions.core.events.bus import Bus
from functions.core.events.event import Event
from functions.core.platform import aws, backoff
from functions.core.platform.environment import DrainEnvironment
from functions.core.platform.errors import PermanentError, RetryableError
from functions.core.platform.log import log

environment = DrainEnvironment.read()
bus = Bus(aws.client("events"), environment.bus)
audit = Audit("service.drain", sqs_sender(aws.client("sqs"), environment.audit_queue_url), time.time)


def handler(payload: dict[str, Any], context: Any) -> dict[str, Any]:
    """Publish until the bus refuses; that message and those after it come back when their visibility ends."""
    messages, garbled = payload["Records"], []
    for position, message in enumerate(messages):
        try:
            event = event_in(message["body"])
            bus.publish([event])
        except PermanentError as error:
            # It comes back by itself until its tries are used up; those behind it are not to blame.
            rejected(audit, message["messageId"], message["body"], error)
            garbled.append(message)
        except RetryableError as error:
            log.warning("the bus still refuses", reason=str(error), waiting=len(messages) - position)
            audit.flush()
            return come_back([*garbled, *messages[position:]])
        else:
            about = {"event": event.id, "correlation": event.correlationid, "resource": event.subject}
            audit.record("drained", action=event.type, **about)
    audit.flush()
    return come_back(garbled) if garbled else {"batchItemFailures": []}


def event_in(body: str) -> Event:
    """The event of a spilled entry. Raises PermanentError where it is none."""
    try:
        entry = json.loads(body)
        detail = json.loads(entry["Detail"])
        return Event.from_envelope({"source": entry["Source"], "detail-type": entry["DetailType"], "detail": detail})
    except (ValueError, KeyError, TypeError, RecursionError):
        raise PermanentError("a spilled message is not an entry of the bus") from None


def come_back(messages: list[dict[str, Any]]) -> dict[str, Any]:
    """Let all of them come back after one and the same wait: their queue keeps their order."""
    seconds = backoff.wait(int(messages[0]["attributes"]["ApproximateReceiveCount"]), random.random())  # noqa: S311 - no secret
    aws.client("sqs").change_message_visibility_batch(
        QueueUrl=environment.queue_url,
        Entries=[
            {"Id": str(position), "ReceiptHandle": message["receiptHandle"], "VisibilityTimeout": seconds}
            for position, message in enumerate(messages)
        ],
    )
    return {"batchItemFailures": [{"itemIdentifier": message["messageId"]} for message in messages]}
