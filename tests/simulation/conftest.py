"""A world in virtual time: processes that wait for each other on a clock that jumps, and a queue as SQS is one."""

import heapq
import itertools
import threading
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from functions.core.platform.backoff import TRIES

HIDDEN = 180.0  # seconds that a received message stays hidden, as an agent's queue is deployed with


class Ended(BaseException):
    """The test is over; whatever still runs is not to go on."""


class World:
    """Virtual time, in unix seconds. Processes are threads of which one runs at any moment.

    Where all of them sleep, the clock jumps to when the first wakes, so a run is the same each time.
    """

    def __init__(self, now: float) -> None:
        self.now = now
        self._order = itertools.count()
        self._asleep: list[tuple[float, int, threading.Semaphore]] = []
        self._paused = threading.Semaphore(0)
        self._own = threading.local()
        self._failed: list[BaseException] = []
        self._ended = False

    def __call__(self) -> float:
        return self.now

    def start(self, process: Callable[[], None], enter: Callable[[], None] = lambda: None) -> None:
        """Start a process; `enter` is called each time before it goes on."""
        wakes = threading.Semaphore(0)

        def live() -> None:
            self._own.wakes, self._own.enter = wakes, enter
            try:
                self._pause()
                process()
            except Ended:
                pass
            except BaseException as error:  # noqa: BLE001 - it is the test's, raised where the world runs
                self._failed.append(error)
            self._paused.release()

        heapq.heappush(self._asleep, (self.now, next(self._order), wakes))
        threading.Thread(target=live, daemon=True).start()

    def sleep(self, seconds: float) -> None:
        """Let the calling process sleep."""
        heapq.heappush(self._asleep, (self.now + seconds, next(self._order), self._own.wakes))
        self._paused.release()
        self._pause()

    def run(self, until: float) -> None:
        """Let the world go on to that time. Raises what a process raised."""
        while self._asleep and self._asleep[0][0] <= until:
            self.now, _, wakes = heapq.heappop(self._asleep)
            wakes.release()
            self._paused.acquire()
            if self._failed:
                raise self._failed[0]
        self.now = until

    def end(self) -> None:
        """Let every process end."""
        self._ended = True
        for _, _, wakes in self._asleep:
            wakes.release()
            self._paused.acquire()

    def _pause(self) -> None:
        self._own.wakes.acquire()
        if self._ended:
            raise Ended
        self._own.enter()


class Queue:
    """A standard queue with its redrive policy, and what `consume` needs of an SQS client for it."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._numbers = itertools.count()
        self._messages: dict[str, dict[str, Any]] = {}
        self.dead: list[str] = []

    def __len__(self) -> int:
        return len(self._messages)

    def send_message(
        self, QueueUrl: str, MessageBody: str, DelaySeconds: int = 0, MessageAttributes: Any = None
    ) -> None:
        if QueueUrl == "dead-letters":
            self.dead.append(MessageBody)
            return
        assert 0 <= DelaySeconds <= 900, "SQS takes no other delay"
        told = {
            name: {"stringValue": value["StringValue"], "dataType": value["DataType"]}
            for name, value in (MessageAttributes or {}).items()
        }
        own = str(next(self._numbers))
        self._messages[own] = {
            "body": MessageBody,
            "told": told,
            "received": 0,
            "visible": self._clock() + DelaySeconds,
        }

    def change_message_visibility(self, QueueUrl: str, ReceiptHandle: str, VisibilityTimeout: int) -> None:
        self._messages[ReceiptHandle]["visible"] = self._clock() + VisibilityTimeout

    def receive(self) -> dict[str, Any] | None:
        """The payload that Lambda gets with the message that has waited longest, None where none is to be seen."""
        due = [own for own, message in self._messages.items() if message["visible"] <= self._clock()]
        for own in sorted(due, key=lambda own: self._messages[own]["visible"]):
            message = self._messages[own]
            if message["received"] == TRIES:
                self.dead.append(self._messages.pop(own)["body"])
                continue
            message["received"] += 1
            message["visible"] = self._clock() + HIDDEN
            record = {
                "messageId": own,
                "receiptHandle": own,
                "body": message["body"],
                "attributes": {"ApproximateReceiveCount": str(message["received"])},
                "messageAttributes": message["told"],
                "eventSource": "aws:sqs",
            }
            return {"Records": [record]}
        return None

    def delete(self, payload: dict[str, Any]) -> None:
        self._messages.pop(payload["Records"][0]["messageId"])


@pytest.fixture
def world() -> Iterator[World]:
    world = World(1_790_000_000.0)
    yield world
    world.end()


@pytest.fixture
def queue(world: World) -> Queue:
    return Queue(world)


@pytest.fixture
def breakers(world: World, circuits_follow: Callable[..., None]) -> Iterator[Any]:
    """A DynamoDB client of moto's, with the table "breakers"; Powertools lives in the world's time."""
    circuits_follow(world)
    with mock_aws():
        made_up = {"aws_access_key_id": "made-up", "aws_secret_access_key": "made-up"}
        client = boto3.client("dynamodb", region_name="us-east-1", **made_up)
        client.create_table(
            TableName="breakers",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        )
        yield client
