"""Consumes a queue of events, for every agent and every service with a queue.

Each message succeeds or is retried independently of its batch. A message that can never succeed moves to the
dead-letter queue at once, with the reason.
"""

import json
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from functions.core.audit.records import Audit, rejected, replayed, retried
from functions.core.events.event import Event
from functions.core.platform import backoff
from functions.core.platform.environment import ConsumerEnvironment
from functions.core.platform.errors import CircuitOpen, NotYet, PermanentError, RetryableError
from functions.core.platform.log import handling, log, place, traceback_of
from functions.core.platform.platform import Handler, Platform

# Message attributes of a copy: the tries of its event so far, and how many of them found an open circuit.
TRIED, RETURNED = "tries", "returns"
# EventBridge's mark of an event that comes from the archive.
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-replay-archived-event.html
REPLAY = "replay-name"


def consume(
    handle: Callable[[Event], None], platform: Platform, environment: ConsumerEnvironment, audit: Audit
) -> Handler:
    """A handler for the SQS queue of `environment`, which an EventBridge rule fills.

    PermanentError moves the message to the dead-letter queue. A message that is not an event never reaches `handle`,
    and its record is on `audit` before it moves. NotYet does not count as a try: a copy with the number of tries so far
    goes to the end of the same queue, and becomes visible some time after the error's `retry_after`; for an open
    circuit, this ends with the event's grant. After any other error the message is retried: after the `retry_after` of
    a RetryableError, otherwise with exponential backoff, until the tries are used up. A retry is on record before it
    starts, because an earlier process that died could not record that.
    """
    sqs = platform.client("sqs")
    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)

    def dead_letter(record: SQSRecord, reason: str, error: Exception) -> None:
        log.error("moved to the dead-letter queue", reason=reason, **traceback_of(error, platform.environ))
        # SQS refuses control characters, and a reason may quote text from outside.
        text = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in reason[:1000])
        attributes = {"reason": {"DataType": "String", "StringValue": text}}
        sqs.send_message(QueueUrl=environment.dead_letter_url, MessageBody=record.body, MessageAttributes=attributes)

    def requeue(record: SQSRecord, error: NotYet) -> None:
        """Send a copy to the queue. The original is acknowledged only after that."""
        returns = _number(record, RETURNED)
        spread = backoff.SPREAD if isinstance(error, CircuitOpen) else backoff.OWN_SPREAD
        seconds = backoff.requeue_delay(returns, platform.random(), error.retry_after, spread)
        log.warning("requeued", reason=f"{type(error).__name__}: {error}", seconds=seconds, returns=returns + 1)
        carried = {TRIED: _tries(record) - 1, RETURNED: returns + 1}
        sqs.send_message(
            QueueUrl=environment.queue_url,
            MessageBody=record.body,
            DelaySeconds=seconds,
            MessageAttributes={
                name: {"DataType": "Number", "StringValue": str(number)} for name, number in carried.items()
            },
        )

    def read(record: SQSRecord) -> tuple[Event, str]:
        """The event of a message, and the name of the replay that it came in, "" for none."""
        try:
            envelope = _envelope(record.body)
            return Event.from_envelope(envelope), str(envelope.get(REPLAY, ""))
        except PermanentError as error:
            rejected(audit, record.message_id, record.body, error)
            audit.flush()  # if the audit queue refuses it, the message is retried and does not become a dead letter
            raise

    def one(record: SQSRecord) -> None:
        with ExitStack() as context:  # which stays for what is logged about an error
            try:
                event, replay = read(record)
                context.enter_context(handling(event.id, event.correlationid))
                if replay:
                    replayed(audit, record.message_id, event, replay)
                if (receives := _receives(record)) > 1:
                    retried(audit, record.message_id, event, receives, _tries(record))
                handle(event)
            except PermanentError as error:
                dead_letter(record, f"{type(error).__name__}: {error}", error)
            except NotYet as error:
                requeue(record, error)
            except Exception as error:
                if tried_again(record, error):
                    raise

    def tried_again(record: SQSRecord, error: Exception) -> bool:
        """Hide the message until its next try; False, and it is a dead letter, if its tries are used up."""
        tries = _tries(record)
        seconds = backoff.retry_delay(tries, platform.random(), retry_after=getattr(error, "retry_after", None))
        expected = isinstance(error, RetryableError)
        reason = f"{type(error).__name__}: {error}" if expected else place(error)
        if _number(record, TRIED) and tries >= backoff.TRIES:  # SQS counts the receives of this copy only
            dead_letter(record, f"failed {tries} times, last with {reason}", error)
            return False
        queue = environment.queue_url.rpartition("/")[2]
        shown = {} if expected else traceback_of(error, platform.environ)
        log.warning("retried later", reason=reason, seconds=seconds, queue=queue, **shown)
        sqs.change_message_visibility(
            QueueUrl=environment.queue_url, ReceiptHandle=record.receipt_handle, VisibilityTimeout=seconds
        )
        return True

    def handler(payload: dict[str, Any], context: Any) -> Any:
        return process_partial_response(event=payload, record_handler=one, processor=processor, context=context)

    return handler


def _tries(record: SQSRecord) -> int:
    """The tries of the event, including this one."""
    return _number(record, TRIED) + _receives(record)


def _receives(record: SQSRecord) -> int:
    """How often SQS has delivered this message."""
    return int(record.attributes.approximate_receive_count or 1)


def _number(record: SQSRecord, name: str) -> int:
    """A number in the message attributes of a copy, 0 if missing."""
    attribute = record.message_attributes[name]
    return int(attribute.string_value or 0) if attribute else 0


def _envelope(body: str) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise PermanentError("not an event: the message is not JSON") from None
