"""Stores runs in DynamoDB, with optimistic locking: a state and the commands that are not published yet in one item."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from functions.core.events.event import Event
from functions.core.platform.canonical import compact, digest
from functions.core.platform.dynamodb import ConditionFailed, conditional_write
from functions.core.platform.errors import RetryableError
from functions.core.platform.times import Clock
from functions.core.workflows.machine import Commands
from functions.core.workflows.messages import COMMANDS

PREFIX = "run "  # of a run's key; other items of the table have other keys
RUN_DIGITS = 24
KEEP_SECONDS = 40 * 24 * 3600  # after the last step


def run_id(event: str) -> str:
    """The id of the run that an event starts: the same for every copy of the event."""
    return digest(event)[:RUN_DIGITS]


class AnotherStep(RetryableError):
    """Another message of the run was handled at the same moment; the message returns to its queue."""


@dataclass(frozen=True)
class Cause:
    """The event whose step gave the commands, and the parent of that event ("" for none)."""

    event: str
    parent: str


@dataclass(frozen=True)
class Stored:
    """A run as it is stored: its state as JSON, how often it was saved, and what is to be published still.

    `origin` is the event that started the run, without its data; every event of the run passes on its grant. `outbox`
    are the commands of the step of `cause`.
    """

    state: bytes
    version: int
    origin: Event
    cause: Cause
    outbox: Commands = ()

    @property
    def parent(self) -> Event:
        """The parent of the events that the outbox becomes.

        A run's events are as far from the first event as its start, however many rounds it has: the pattern's bound
        ends a run, and hops end a loop of runs.
        """
        return replace(self.origin, id=self.cause.event, causationid=self.cause.parent or None)


def origin_of(event: Event) -> Event:
    """What of an event is stored with the run that it starts."""
    return replace(event, data={}, raw=None)


class Runs:
    """The runs in the DynamoDB table `table`, by their ids."""

    def __init__(self, dynamodb: Any, table: str, clock: Clock) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._clock = clock

    def read(self, run: str) -> Stored | None:
        """The run; None if there is none."""
        answer = self._dynamodb.get_item(TableName=self._table, Key=_key(run), ConsistentRead=True)
        return read_item(item) if (item := answer.get("Item")) else None

    def save(self, run: str, stored: Stored) -> None:
        """Store a run in the place of its version before. Raises AnotherStep if that is not what is there."""
        item = {
            **_key(run),
            "state": {"S": stored.state.decode()},
            "version": {"N": str(stored.version)},
            "origin": {"S": compact(stored.origin.__dict__)},
            "cause": {"S": compact(stored.cause.__dict__)},
            "outbox": {"S": COMMANDS.dump_json(stored.outbox).decode()},
            "saved": {"N": str(int(self._clock()))},
            "expiration": {"N": str(int(self._clock()) + KEEP_SECONDS)},
        }
        first = {"ConditionExpression": "attribute_not_exists(id)"}
        later = {
            "ConditionExpression": "#version = :before",
            "ExpressionAttributeNames": {"#version": "version"},
            "ExpressionAttributeValues": {":before": {"N": str(stored.version - 1)}},
        }
        condition = first if stored.version == 1 else later
        written = conditional_write(self._dynamodb.put_item, TableName=self._table, Item=item, **condition)
        if isinstance(written, ConditionFailed):
            raise AnotherStep(f"run {run} had another step at the same moment")

    def published(self, run: str, version: int) -> None:
        """Empty the outbox. If a later step was saved, it has published what was before it, and nothing is done."""
        conditional_write(
            self._dynamodb.update_item,
            TableName=self._table,
            Key=_key(run),
            UpdateExpression="SET outbox = :empty",
            ConditionExpression="#version = :version",
            ExpressionAttributeNames={"#version": "version"},
            ExpressionAttributeValues={":empty": {"S": "[]"}, ":version": {"N": str(version)}},
        )


def read_item(item: Mapping[str, Any]) -> Stored:
    """The run in an item of the table."""
    return Stored(
        state=item["state"]["S"].encode(),
        version=int(item["version"]["N"]),
        origin=Event(**json.loads(item["origin"]["S"])),
        cause=Cause(**json.loads(item["cause"]["S"])),
        outbox=COMMANDS.validate_json(item["outbox"]["S"]),
    )


def _key(run: str) -> dict[str, Any]:
    return {"id": {"S": f"{PREFIX}{run}"}}
