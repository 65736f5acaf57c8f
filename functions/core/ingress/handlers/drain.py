"""The drain: publishes the entries of the spill queue, FIFO with a group for each source, on the bus in order."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from functions.core.audit.messages import foreign_function
from functions.core.audit.records import audit_of, rejected
from functions.core.events.bus import Bus
from functions.core.events.event import Event
from functions.core.platform import backoff
from functions.core.platform.environment import DrainEnvironment
from functions.core.platform.errors import Denied, PermanentError, RetryableError
from functions.core.platform.log import log
from functions.core.platform.platform import Handler, Platform


def start(platform: Platform) -> Handler:
    """The handler of the drain."""
    environment = DrainEnvironment.read(platform.environ)
    bus = Bus(platform.client("events"), environment.bus)
    sqs = platform.client("sqs")
    audit = audit_of(platform, "service.drain", environment)

    def handler(payload: dict[str, Any], context: Any) -> dict[str, Any]:
        """Publish until the bus refuses; that message and those after it are retried when their visibility ends.

        A message that can never be published moves to the dead-letter queue: left in its place, it would block its
        source.
        """
        messages = payload["Records"]
        for position, message in enumerate(messages):
            try:
                event = event_in(message)
                bus.publish([event])
            except PermanentError as error:
                rejected(audit, message["messageId"], message["body"], error)
                audit.flush()
                dead_letter(message, f"{type(error).__name__}: {error}")
            except RetryableError as error:
                log.warning("the bus still refuses", reason=str(error), waiting=len(messages) - position)
                audit.flush()
                return retried(messages[position:])
            else:
                about = {"event": event.id, "correlation": event.correlationid, "resource": event.subject}
                audit.record("drained", action=event.type, **about)
        audit.flush()
        return {"batchItemFailures": []}

    def dead_letter(message: Mapping[str, Any], reason: str) -> None:
        log.error("moved to the dead-letter queue", reason=reason)
        sqs.send_message(
            QueueUrl=environment.dead_letter_url,
            MessageBody=message["body"],
            MessageGroupId=message["attributes"]["MessageGroupId"],
            MessageDeduplicationId=message["messageId"],
            MessageAttributes={"reason": {"DataType": "String", "StringValue": reason[:1000]}},
        )

    def retried(messages: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Let all of them become visible after the same wait: their queue keeps their order."""
        tries = int(messages[0]["attributes"]["ApproximateReceiveCount"])
        seconds = backoff.retry_delay(tries, platform.random())
        sqs.change_message_visibility_batch(
            QueueUrl=environment.queue_url,
            Entries=[
                {"Id": str(position), "ReceiptHandle": message["receiptHandle"], "VisibilityTimeout": seconds}
                for position, message in enumerate(messages)
            ],
        )
        return {"batchItemFailures": [{"itemIdentifier": message["messageId"]} for message in messages]}

    return handler


def event_in(message: Mapping[str, Any]) -> Event:
    """The event of a spilled entry.

    Raises PermanentError if the body is not an entry of the bus, and Denied if SQS reports that another function than
    the verifier of its source sent it.
    """
    try:
        entry = json.loads(message["body"])
        detail = entry["Detail"]
        if isinstance(detail, str):  # as an earlier version wrote it
            detail = json.loads(detail)
        event = Event.from_envelope({"source": entry["Source"], "detail-type": entry["DetailType"], "detail": detail})
    except (ValueError, KeyError, TypeError, RecursionError):
        raise PermanentError("a spilled message is not an entry of the bus") from None
    if sender := foreign_function(message, event.source):
        raise Denied(f"{sender} spilled an event of {event.source}")
    return event
