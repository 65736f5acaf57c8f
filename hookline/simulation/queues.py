"""Queues as SQS keeps them: standard or FIFO, with visibility, delays, deduplication and redrive."""

import heapq
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from functions.core.events.tasks import RUN_DEADLINE
from functions.core.events.waits import WAIT_EXPIRED
from functions.core.platform.times import Clock
from hookline.simulation.recursion import Lineage

DEDUPLICATED_SECONDS = 300  # how long a FIFO queue drops further messages of one deduplication id
LONGEST_DELAY = 900
TIMERS = (WAIT_EXPIRED, RUN_DEADLINE)  # the types of events that are sent for later
MAX_VISIBILITY_SECONDS = 12 * 3600


@dataclass
class Message:
    """A message in a queue; `sender` is the function that sent it, `lineage` what led to it.

    `later`: its sender delayed it as a timer, and not because something is to be tried again.
    """

    id: str
    body: str
    sent: float
    sender: str
    group: str
    visible: float
    attributes: Mapping[str, Mapping[str, str]]
    lineage: Lineage
    received: int = 0
    later: bool = False


@dataclass
class Queue:
    """One queue. `visibility_timeout` is in seconds; after `tries` receives a message moves to `dead_letters`.

    Only a FIFO queue, whose name says so, keeps the messages of a group in order.

    With 0 tries it never moves. `accepted` are the bodies of all messages so far, `receives` how often each came.
    """

    name: str
    clock: Clock
    visibility_timeout: float
    tries: int
    dead_letters: "Queue | None"
    changed: Callable[[], None] = lambda: None
    account: str = ""
    messages: dict[str, Message] = field(default_factory=dict)
    accepted: list[str] = field(default_factory=list)
    receives: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._numbers, self._order = itertools.count(), itertools.count()
        self._seen: dict[tuple[str, str], float] = {}
        self.fifo = self.name.endswith(".fifo")  # whether it keeps the order of each group
        # When each message becomes visible. An entry is stale if that has changed since, or the message is gone.
        self._appear: list[tuple[float, int, str]] = []

    @property
    def bodies(self) -> list[str]:
        """The bodies of the messages that are in the queue."""
        return [message.body for message in self.messages.values()]

    def send(
        self,
        body: str,
        sender: str = "",
        group: str = "",
        deduplication: str = "",
        attributes: Mapping[str, Mapping[str, str]] | None = None,
        delay: float = 0.0,
        lineage: Lineage | None = None,
    ) -> None:
        """Accept a message, unless it is a copy that a FIFO queue recognizes."""
        _check("delay", delay, LONGEST_DELAY)
        now = self.clock()
        seen = (group, deduplication)  # infra deploys queues that look for copies within a group
        if deduplication and now - self._seen.get(seen, float("-inf")) < DEDUPLICATED_SECONDS:
            return
        self._seen[seen] = now
        self.accepted.append(body)
        id = f"{self.account}:{self.name}-{next(self._numbers)}"  # as in SQS, no other message anywhere has it
        later = bool(delay) and any(f'"detail-type": "{type}"' in body for type in TIMERS)
        self.messages[id] = Message(id, body, now, sender, group, now, attributes or {}, lineage or {}, later=later)
        self._hide(self.messages[id], now + delay)
        self.changed()

    @property
    def pending(self) -> list[Message]:
        """The messages in the queue, without the timers whose time has not come."""
        now = self.clock()
        return [one for one in self.messages.values() if not one.later or one.received or one.visible <= now]

    def _hide(self, message: Message, until: float) -> None:
        message.visible = until
        heapq.heappush(self._appear, (until, next(self._order), message.id))

    def due(self) -> float | None:
        """When the next message can be received, None if the queue is empty."""
        if self.fifo:
            heads: dict[str, float] = {}
            for message in self.messages.values():
                heads[message.group] = max(heads.get(message.group, 0.0), message.visible)
            return min(heads.values(), default=None)
        return self._appear[0][0] if self._next_to_appear() else None

    def _next_to_appear(self) -> Message | None:
        while self._appear:
            visible, _, id = self._appear[0]
            if (message := self.messages.get(id)) and message.visible == visible:
                return message
            heapq.heappop(self._appear)
        return None

    def _visible(self) -> Iterator[Message]:
        """The messages that can be received now; of a FIFO queue, none of a group that has one in flight."""
        now = self.clock()
        if self.fifo:
            held = {message.group for message in self.messages.values() if message.visible > now}
            yield from [one for one in self.messages.values() if one.group not in held]
            return
        while (message := self._next_to_appear()) and message.visible <= now:
            yield message

    def receive(self, most: int) -> list[Message]:
        """Up to `most` visible messages, hidden from now on."""
        now = self.clock()
        found: list[Message] = []
        for message in self._visible():
            if len(found) == most:
                break
            if self.tries and message.received == self.tries:
                self._redrive(message)
                continue
            message.received += 1
            self.receives[message.id] = message.received
            self._hide(message, now + self.visibility_timeout)
            found.append(message)
        return found

    def _redrive(self, message: Message) -> None:
        del self.messages[message.id]
        if self.dead_letters:
            self.dead_letters.send(
                message.body, message.sender, message.group, attributes=message.attributes, lineage=message.lineage
            )

    def delete(self, ids: Sequence[str]) -> None:
        """Delete messages, whether or not they are there."""
        for id in ids:
            self.messages.pop(id, None)
        self.changed()

    def change_visibility(self, id: str, seconds: float) -> None:
        """Change when a message becomes visible."""
        _check("visibility timeout", seconds, MAX_VISIBILITY_SECONDS)
        if id in self.messages:
            self._hide(self.messages[id], self.clock() + seconds)
            self.changed()


def _check(what: str, seconds: float, most: float) -> None:
    if not 0 <= seconds <= most:
        raise ValueError(f"SQS takes no {what} of {seconds} s")


class Sender(Protocol):
    """The process that sends: its function, and what led to what it does now."""

    @property
    def name(self) -> str: ...

    @property
    def lineage(self) -> Lineage: ...


class Sqs:
    """The SQS client of `sender`; a queue's URL ends with its name."""

    def __init__(self, queues: Mapping[str, Queue], sender: Sender) -> None:
        self._queues = queues
        self._sender = sender

    def send_message(
        self,
        QueueUrl: str,
        MessageBody: str,
        MessageAttributes: Mapping[str, Mapping[str, str]] | None = None,
        DelaySeconds: int = 0,
        MessageGroupId: str = "",
        MessageDeduplicationId: str = "",
    ) -> dict[str, Any]:
        """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html"""
        attributes = {
            name: {"dataType": value["DataType"], "stringValue": value["StringValue"]}
            for name, value in (MessageAttributes or {}).items()
        }
        group, deduplication = MessageGroupId, MessageDeduplicationId
        sender, queue = self._sender, self._of(QueueUrl)
        queue.send(MessageBody, sender.name, group, deduplication, attributes, DelaySeconds, sender.lineage)
        return {}

    def change_message_visibility(self, QueueUrl: str, ReceiptHandle: str, VisibilityTimeout: int) -> None:
        """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html"""
        self._of(QueueUrl).change_visibility(ReceiptHandle, VisibilityTimeout)

    def change_message_visibility_batch(self, QueueUrl: str, Entries: Sequence[Mapping[str, Any]]) -> None:
        """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibilityBatch.html"""
        for entry in Entries:
            self._of(QueueUrl).change_visibility(entry["ReceiptHandle"], entry["VisibilityTimeout"])

    def _of(self, url: str) -> Queue:
        return self._queues[url.rpartition("/")[2]]
