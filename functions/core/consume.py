"""Consuming a queue of events: what every agent and every service behind a queue does the same way.

Each message is handled or comes back by itself; what can never succeed goes to the dead-letter queue at once,
with its reason.
"""

import json
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from functions.core.errors import PermanentError, RetryableError
from functions.core.event import Event
from functions.core.log import log

LONGEST_WAIT = 12 * 3600 - 60  # SQS hides a message for 12 hours at most, counted from its receipt


def consume(handle: Callable[[Event], None], sqs: Any, queue_url: str, dead_letter_url: str) -> Callable[..., Any]:
    """A Lambda handler for an SQS queue that an EventBridge rule fills.

    RetryableError hides the message for its `retry_after`, PermanentError moves it to the dead-letter queue;
    anything else comes back when its visibility ends, until the queue's redrive policy ends that.
    """
    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)

    def one(record: SQSRecord) -> None:
        try:
            handle(Event.from_envelope(_envelope(record.body)))
        except PermanentError as error:
            log.error("to the dead-letter queue: %s: %s", type(error).__name__, error)
            reason = f"{type(error).__name__}: {error}"[:1000]
            attributes = {"reason": {"DataType": "String", "StringValue": reason}}
            sqs.send_message(QueueUrl=dead_letter_url, MessageBody=record.body, MessageAttributes=attributes)
        except RetryableError as error:
            log.warning("will be tried again: %s", error)
            if error.retry_after is not None:
                wait = min(max(0, round(error.retry_after)), LONGEST_WAIT)
                sqs.change_message_visibility(
                    QueueUrl=queue_url, ReceiptHandle=record.receipt_handle, VisibilityTimeout=wait
                )
            raise

    def handler(payload: dict[str, Any], context: Any) -> Any:
        return process_partial_response(event=payload, record_handler=one, processor=processor, context=context)

    return handler


def _envelope(body: str) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        raise PermanentError("not an event: the message is not JSON") from None
