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

from functions.core import backoff
from functions.core.errors import PermanentError, RetryableError
from functions.core.event import Event
from functions.core.log import log, place


def consume(
    handle: Callable[[Event], None],
    sqs: Any,
    queue_url: str,
    dead_letter_url: str,
    jitter: Callable[[], float] = random.random,
) -> Callable[..., Any]:
    """A Lambda handler for an SQS queue that an EventBridge rule fills.

    PermanentError moves the message to the dead-letter queue. After anything else the message comes back: after
    the `retry_after` of a RetryableError, else after a wait that grows with each try, until the queue's redrive
    policy ends that. `jitter` gives numbers from 0 to 1.
    """
    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)

    def one(record: SQSRecord) -> None:
        try:
            handle(Event.from_envelope(_envelope(record.body)))
        except PermanentError as error:
            reason = f"{type(error).__name__}: {error}"
            log.error("to the dead-letter queue", reason=reason)
            attributes = {"reason": {"DataType": "String", "StringValue": reason[:1000]}}
            sqs.send_message(QueueUrl=dead_letter_url, MessageBody=record.body, MessageAttributes=attributes)
        except Exception as error:
            tries = int(record.attributes.approximate_receive_count or 1)
            seconds = backoff.wait(tries, jitter(), told=getattr(error, "retry_after", None))
            expected = isinstance(error, RetryableError)
            reason = f"{type(error).__name__}: {error}" if expected else place(error)
            log.warning("comes back", reason=reason, seconds=seconds, queue=queue_url.rpartition("/")[2])
            sqs.change_message_visibility(
                QueueUrl=queue_url, ReceiptHandle=record.receipt_handle, VisibilityTimeout=seconds
            )
            raise

    def handler(payload: dict[str, Any], context: Any) -> Any:
        return process_partial_response(event=payload, record_handler=one, processor=processor, context=context)

    return handler


def _envelope(body: str) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise PermanentError("not an event: the message is not JSON") from None
