"""The drain: publishes the entries of the spill queue, FIFO with a group for each source, on the bus in order."""

import json
from collections.abc import Sequence
from typing import Any

from functions.core.audit.records import audit_of, rejected
from functions.core.events.bus import Bus
from functions.core.events.event import Event
from functions.core.platform import backoff
from functions.core.platform.environment import DrainEnvironment
from functions.core.platform.errors import PermanentError, RetryableError
from functions.core.platform.log import log
from functions.core.platform.platform import Handler, Platform


def start(platform: Platform) -> Handler:
    """The handler of the drain."""
    environment = DrainEnvironment.read(platform.environ)
    bus = Bus(platform.client("events"), environment.bus)
    sqs = platform.client("sqs")
    audit = audit_of(platform, "service.drain", environment)

    def handler(payload: dict[str, Any], context: Any) -> dict[str, Any]:
        """Publish until the bus refuses; that message and those after it are retried when their visibility ends."""
        messages, garbled = payload["Records"], []
        for position, message in enumerate(messages):
            try:
                event = event_in(message["body"])
                bus.publish([event])
            except PermanentError as error:
                # It is received again until its tries are used up; the messages behind it do not wait for it.
                rejected(audit, message["messageId"], message["body"], error)
                garbled.append(message)
            except RetryableError as error:
                log.warning("the bus still refuses", reason=str(error), waiting=len(messages) - position)
                audit.flush()
                return retried([*garbled, *messages[position:]])
            else:
                about = {"event": event.id, "correlation": event.correlationid, "resource": event.subject}
                audit.record("drained", action=event.type, **about)
        audit.flush()
        return retried(garbled)

    def retried(messages: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Let all of them become visible after the same wait: their queue keeps their order."""
        if messages:
            seconds = backoff.retry_delay(int(messages[0]["attributes"]["ApproximateReceiveCount"]), platform.random())
            sqs.change_message_visibility_batch(
                QueueUrl=environment.queue_url,
                Entries=[
                    {"Id": str(position), "ReceiptHandle": message["receiptHandle"], "VisibilityTimeout": seconds}
                    for position, message in enumerate(messages)
                ],
            )
        return {"batchItemFailures": [{"itemIdentifier": message["messageId"]} for message in messages]}

    return handler


def event_in(body: str) -> Event:
    """The event of a spilled entry. Raises PermanentError if the body is not an entry of the bus."""
    try:
        entry = json.loads(body)
        detail = json.loads(entry["Detail"])
        return Event.from_envelope({"source": entry["Source"], "detail-type": entry["DetailType"], "detail": detail})
    except (ValueError, KeyError, TypeError, RecursionError):
        raise PermanentError("a spilled message is not an entry of the bus") from None
