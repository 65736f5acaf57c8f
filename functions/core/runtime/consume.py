"""Consuming a queue of events: what every agent and every service behind a queue does the same way.

Each message is handled or comes back by itself; what can never succeed goes to the dead-letter queue at once,
with its reason.
"""

import json
import random
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from functions.core.audit.records import Audit, rejected
from functions.core.events.event import Event
from functions.core.platform import backoff
from functions.core.platform.errors import CircuitOpen, PermanentError, RetryableError
from functions.core.platform.log import log, place

# What a copy carries: how often its event was tried before, and how often it met an open circuit.
TRIED, RETURNED = "tries", "returns"


def consume(
    handle: Callable[[Event], None],
    sqs: Any,
    queue_url: str,
    dead_letter_url: str,
    audit: Audit,
    jitter: Callable[[], float] = random.random,
) -> Callable[..., Any]:
    """A Lambda handler for an SQS queue that an EventBridge rule fills.

    PermanentError moves the message to the dead-letter queue. What is no event, so that `handle` never sees it, is on
    the record of `audit` before that. CircuitOpen costs the event no try: a copy that carries the tries so far goes to
    the end of its own queue, to be seen once the circuit may be tried again; it ends when the event's grant does. After
    anything else the message comes back: after the `retry_after` of a RetryableError, else after a wait that grows with
    each try, until the tries are used up. `jitter` gives numbers from 0 to 1.
    """
    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)

    def put_away(record: SQSRecord, reason: str) -> None:
        log.error("to the dead-letter queue", reason=reason)
        # SQS takes no control characters, and a reason may quote what came from outside.
        text = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in reason[:1000])
        attributes = {"reason": {"DataType": "String", "StringValue": text}}
        sqs.send_message(QueueUrl=dead_letter_url, MessageBody=record.body, MessageAttributes=attributes)

    def send_back(record: SQSRecord, error: CircuitOpen) -> None:
        """Put a copy into the queue; only when it is there may the original be acknowledged."""
        returns = _number(record, RETURNED)
        seconds = backoff.aside(returns, jitter(), error.retry_after)
        log.warning("keeps away", reason=f"CircuitOpen: {error}", seconds=seconds, returns=returns + 1)
        carried = {TRIED: _tries(record) - 1, RETURNED: returns + 1}
        sqs.send_message(
            QueueUrl=queue_url,
            MessageBody=record.body,
            DelaySeconds=seconds,
            MessageAttributes={
                name: {"DataType": "Number", "StringValue": str(number)} for name, number in carried.items()
            },
        )

    def read(record: SQSRecord) -> Event:
        try:
            return Event.from_envelope(_envelope(record.body))
        except PermanentError as error:
            rejected(audit, record.message_id, record.body, error)
            audit.flush()  # before it is put away: where the audit queue takes nothing, the message comes back
            raise

    def one(record: SQSRecord) -> None:
        try:
            handle(read(record))
        except PermanentError as error:
            put_away(record, f"{type(error).__name__}: {error}")
        except CircuitOpen as error:
            send_back(record, error)
        except Exception as error:
            tries = _tries(record)
            seconds = backoff.wait(tries, jitter(), told=getattr(error, "retry_after", None))
            expected = isinstance(error, RetryableError)
            reason = f"{type(error).__name__}: {error}" if expected else place(error)
            if _number(record, TRIED) and tries >= backoff.TRIES:  # the queue counts a copy's own receipts only
                put_away(record, f"failed {tries} times, at last with {reason}")
                return
            log.warning("comes back", reason=reason, seconds=seconds, queue=queue_url.rpartition("/")[2])
            sqs.change_message_visibility(
                QueueUrl=queue_url, ReceiptHandle=record.receipt_handle, VisibilityTimeout=seconds
            )
            raise

    def handler(payload: dict[str, Any], context: Any) -> Any:
        return process_partial_response(event=payload, record_handler=one, processor=processor, context=context)

    return handler


def _tries(record: SQSRecord) -> int:
    """How often the event was tried, this time included."""
    return _number(record, TRIED) + int(record.attributes.approximate_receive_count or 1)


def _number(record: SQSRecord, name: str) -> int:
    """A number that a copy carries, 0 where it is none."""
    attribute = record.message_attributes[name]
    return int(attribute.string_value or 0) if attribute else 0


def _envelope(body: str) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise PermanentError("not an event: the message is not JSON") from None
