"""Deadlines: messages of an agent or a manager to its own queue that come later.

SQS delays a message by 15 minutes at most. A later deadline of a manager is a one-time schedule of EventBridge
Scheduler, which sends the message and deletes itself. An agent has no schedules: its message comes every 15 minutes,
and is sent again until it is due. One that comes early, late or twice is harmless: it says when it is due.
"""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import ceil
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.core.events.event import Event
from functions.core.platform.errors import RetryableError
from functions.core.platform.times import Clock

# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-delay-queues.html
LONGEST_DELAY = 15 * 60  # seconds


@dataclass(frozen=True)
class Schedules:
    """One-time schedules in a group, which send to the queue `queue` as `role` (ARNs) and then delete themselves."""

    scheduler: Any
    group: str
    queue: str
    role: str

    def send(self, name: str, body: str, at: float) -> None:
        """Send `body` at a time (unix seconds); a second schedule of the same name changes nothing.

        https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
        """
        written = datetime.fromtimestamp(ceil(at), UTC).strftime("%Y-%m-%dT%H:%M:%S")
        try:
            self.scheduler.create_schedule(
                Name=name,
                GroupName=self.group,
                ScheduleExpression=f"at({written})",
                ScheduleExpressionTimezone="UTC",
                FlexibleTimeWindow={"Mode": "OFF"},
                ActionAfterCompletion="DELETE",
                Target={"Arn": self.queue, "RoleArn": self.role, "Input": body},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConflictException":
                raise


class Deadlines:
    """Sends events to the queue at `queue_url` later."""

    def __init__(self, sqs: Any, queue_url: str, clock: Clock, schedules: Schedules | None = None) -> None:
        self._sqs = sqs
        self._queue_url = queue_url
        self._clock = clock
        self._schedules = schedules

    def send(self, event: Event, seconds: float) -> None:
        """Send `event` so that it comes in `seconds`; without schedules, in 15 minutes if that is sooner.

        A second time, it comes twice or once. Raises RetryableError.
        """
        try:
            if seconds > LONGEST_DELAY and self._schedules:
                self._schedules.send(event.id.rpartition(":")[2], message(event), self._clock() + seconds)
            else:
                # Never early: the next link would come at once, again and again.
                delay = max(0, min(LONGEST_DELAY, ceil(seconds)))
                self._sqs.send_message(QueueUrl=self._queue_url, MessageBody=message(event), DelaySeconds=delay)
        except (ClientError, BotoCoreError) as error:
            raise RetryableError(f"a deadline cannot be sent: {error}") from error


def message(event: Event) -> str:
    """The message that a queue holds of an event, as a rule of the bus delivers it."""
    detail = replace(event, raw=None).__dict__
    return json.dumps({"source": event.source, "detail-type": event.type, "detail": detail})
