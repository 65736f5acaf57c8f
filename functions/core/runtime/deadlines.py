"""Deadlines: delayed messages of an agent or a manager to its own queue.

SQS delays a message by 15 minutes at most. A later deadline is a chain of messages: each one that comes before the time
sends the next.
"""

import json
from dataclasses import replace
from math import ceil
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.core.events.event import Event
from functions.core.platform.errors import RetryableError

# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-delay-queues.html
LONGEST_DELAY = 15 * 60  # seconds


class Deadlines:
    """Sends events to the queue at `queue_url` later. Of a later deadline, it sends the first link of the chain."""

    def __init__(self, sqs: Any, queue_url: str) -> None:
        self._sqs = sqs
        self._queue_url = queue_url

    def send(self, event: Event, seconds: float) -> None:
        """Send `event` so that it comes in `seconds`, or in 15 minutes if that is sooner. Raises RetryableError."""
        delay = max(
            0, min(LONGEST_DELAY, ceil(seconds))
        )  # never early: the next link would come at once, again and again
        try:
            self._sqs.send_message(QueueUrl=self._queue_url, MessageBody=message(event), DelaySeconds=delay)
        except (ClientError, BotoCoreError) as error:
            raise RetryableError(f"the agent's own queue cannot be reached: {error}") from error


def message(event: Event) -> str:
    """The message that a queue holds of an event, as a rule of the bus delivers it."""
    detail = replace(event, raw=None).__dict__
    return json.dumps({"source": event.source, "detail-type": event.type, "detail": detail})
