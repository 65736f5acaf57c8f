"""Stores waits in the agent's own table: an item for each, and one for each entity and type with the ids of those open.

A wait is open until it is matched or its time is over, whichever is claimed first, by one event. The same event may
claim it again: its process may have died. The item of a wait stays for longer than any event that could open it anew.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

from functions.core.platform.bounded import BoundedSets
from functions.core.platform.canonical import digest
from functions.core.platform.dynamodb import ConditionFailed, conditional_write
from functions.core.platform.errors import PermanentError
from functions.core.platform.times import Clock
from functions.core.runtime.waited import Wait

PREFIX = "wait "  # of a wait's key; other items of the table have other keys
OPEN: Final = "open"
MATCHED: Final = "matched"
EXPIRED: Final = "expired"
MOST = 50  # waits for the same entity and type at once
KEEP_SECONDS = 20 * 24 * 3600  # longer than dead letters are kept and redriven
_LOOK = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}


class Waits:
    """The waits in the DynamoDB table `table`."""

    def __init__(self, dynamodb: Any, table: str, clock: Clock) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._clock = clock
        self._sets = BoundedSets(dynamodb, table)

    def open(self, wait: Wait) -> Wait | None:
        """Store `wait`, and return it as it is stored: a second time it stays as it was. None if it has ended.

        Raises PermanentError if MOST others wait for the same.
        """
        expires = wait.until + KEEP_SECONDS
        item = {
            **_key(wait.id),
            "wait": {"S": wait.dump()},
            "state": {"S": OPEN},
            "expiration": {"N": str(expires)},
        }
        absent = {"ConditionExpression": "attribute_not_exists(id)", **_LOOK}
        written = conditional_write(self._dynamodb.put_item, TableName=self._table, Item=item, **absent)
        if isinstance(written, ConditionFailed):
            if written.item["state"]["S"] != OPEN:
                return None
            wait = Wait.load(written.item["wait"]["S"])
        if not self._sets.add(_place(wait.waited.type, wait.waited.entity), wait.id, MOST, expires):
            raise PermanentError(f"{MOST} events wait for {wait.waited.type} of {wait.waited.entity}: no more may")
        return wait

    def ids(self, type: str, entities: Iterable[str]) -> list[str]:
        """The ids of the waits for events of `type` that name one of `entities`; some may have ended."""
        found = (self._sets.members(_place(type, entity)) for entity in dict.fromkeys(entities))
        return sorted({id for ids in found for id in ids})

    def find(self, id: str) -> tuple[Wait, str] | None:
        """A wait and its state, None if there is none."""
        item = self._dynamodb.get_item(TableName=self._table, Key=_key(id), ConsistentRead=True).get("Item")
        return read_item(item) if item else None

    def claim(self, wait: Wait, state: Literal["matched", "expired"], event: str) -> bool:
        """Let `event` end the wait. False if another event has, or its time."""
        written = conditional_write(
            self._dynamodb.update_item,
            TableName=self._table,
            Key=_key(wait.id),
            UpdateExpression="SET #state = :state, ended_by = :event",
            ConditionExpression="#state = :open OR (#state = :state AND ended_by = :event)",
            ExpressionAttributeNames={"#state": "state"},
            ExpressionAttributeValues={":state": {"S": state}, ":event": {"S": event}, ":open": {"S": OPEN}},
        )
        return not isinstance(written, ConditionFailed)

    def forget(self, wait: Wait) -> None:
        """Take an ended wait from those that an event looks for; again does nothing."""
        self._sets.remove(_place(wait.waited.type, wait.waited.entity), wait.id)


def read_item(item: Mapping[str, Any]) -> tuple[Wait, str]:
    """The wait in an item of the table, and its state."""
    return Wait.load(item["wait"]["S"]), item["state"]["S"]


def _key(id: str) -> dict[str, Any]:
    return {"id": {"S": f"{PREFIX}{id}"}}


def _place(type: str, entity: str) -> str:
    """The name of the set of waits for a type and an entity, which may be longer than a key."""
    return f"waits {digest([type, entity])}"
