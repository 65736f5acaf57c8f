"""Stores runs in DynamoDB, with optimistic locking: a state and the commands that are not published yet in one item."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from functions.core.events.event import Event
from functions.core.platform.canonical import compact, digest
from functions.core.platform.dynamodb import conditional_write
from functions.core.platform.times import Clock, rfc3339
from functions.core.workflows.machine import Commands
from functions.core.workflows.messages import COMMANDS
from functions.core.workflows.versioned import AnotherStep as AnotherStep  # what a caller of `save` handles
from functions.core.workflows.versioned import Put, put_after, write

PREFIX = "run "  # of a run's key; other items of the table have other keys
RUN_DIGITS = 24
KEEP_SECONDS = 40 * 24 * 3600  # after the last step

# The index of the runs of a manager's table. Other items of the table have no `kind`, and so are not in it.
INDEX = "runs"
INDEX_KEYS = ("kind", "started")
INDEX_SHOWS = ("summary", "saved")
KIND = "run"


def run_id(event: str) -> str:
    """The id of the run that an event starts: the same for every copy of the event."""
    return digest(event)[:RUN_DIGITS]


@dataclass(frozen=True)
class Cause:
    """The event whose step gave the commands, and the parent of that event ("" for none)."""

    event: str
    parent: str


@dataclass(frozen=True)
class Stored:
    """A run as it is stored: its state as JSON, how often it was saved, and what is to be published still.

    `origin` is the event that started the run, without its data; every event of the run passes on its grant. `outbox`
    are the commands of the step of `cause`. `summary` is what a list of runs shows, `started` its place in the list.
    """

    state: bytes
    version: int
    origin: Event
    cause: Cause
    outbox: Commands = ()
    summary: Mapping[str, Any] = field(default_factory=dict)
    started: str = ""

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
        found = self.look(run)
        return found if isinstance(found, Stored) else None

    def look(self, run: str) -> Stored | str | None:
        """The run; or the id of the run that its event joined instead of starting it; None if there is neither."""
        answer = self._dynamodb.get_item(TableName=self._table, Key=_key(run), ConsistentRead=True)
        item = answer.get("Item")
        if item is None:
            return None
        return str(item["joined"]["S"]) if "joined" in item else read_item(item)

    def save(self, run: str, stored: Stored, also: Sequence[Put] = ()) -> None:
        """Store a run in the place of its version before, together with the other items or not at all.

        Raises AnotherStep if that is not what is there, or if the condition of another item does not hold.
        """
        item = {
            **_key(run),
            "state": {"S": stored.state.decode()},
            "origin": {"S": compact(stored.origin.__dict__)},
            "cause": {"S": compact(stored.cause.__dict__)},
            "outbox": {"S": COMMANDS.dump_json(stored.outbox).decode()},
            "summary": {"S": compact(stored.summary)},
            "kind": {"S": KIND},
            "started": {"S": stored.started or f"{rfc3339(self._clock())} {run}"},
            "saved": {"N": str(int(self._clock()))},
            "expiration": expiration(self._clock()),
        }
        write(self._dynamodb, [put_after(self._table, item, stored.version), *also], f"run {run}")

    def joined(self, run: str, other: str) -> Put:
        """What notes that the event of `run` joined the run `other`, so that it does so once and starts none."""
        item = {**_key(run), "joined": {"S": other}, "expiration": expiration(self._clock())}
        return put_after(self._table, item, 1)

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
        # A run that an earlier version stored has neither, until its next step.
        summary=json.loads(item["summary"]["S"]) if "summary" in item else {},
        started=item["started"]["S"] if "started" in item else "",
    )


def expiration(now: float) -> dict[str, str]:
    """When the table may delete an item that is written now."""
    return {"N": str(int(now) + KEEP_SECONDS)}


def _key(run: str) -> dict[str, Any]:
    return {"id": {"S": f"{PREFIX}{run}"}}
