"""Places that are limited in number, in the ledger's table: how many things go on at an entity at once.

All places of an entity are one row, which changes on condition that nobody changed it in between. So no place is given
twice, whichever process dies between two calls.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from functions.core.claims.rows import Rows
from functions.core.claims.rows import key as row_key
from functions.core.platform.dynamodb import ConditionFailed, conditional_write
from functions.core.platform.errors import RetryableError

FIRST = "attribute_not_exists(#changes)"
# By who holds the place: until when (unix seconds), and which things took it.
Held = Mapping[str, tuple[int, tuple[str, ...]]]


@dataclass(frozen=True)
class Place:
    """Whether there was a place, and how many are held now."""

    taken: bool
    held: int


def taken(held: Held, holder: str, by: str, most: int, until: int) -> Held | None:
    """The places after `holder` took one until a time, in the name of `by`; None if `most` others hold theirs. Pure.

    A holder has one place, whatever else takes it too; it is theirs until the latest of these times.
    """
    if holder not in held and len(held) >= most:
        return None
    before, names = held.get(holder, (0, ()))
    return {**held, holder: (max(before, until), tuple(dict.fromkeys([*names, by])))}


def given_back(held: Held, holder: str, by: str) -> Held:
    """The places after `by` gave the holder's back, which stays if others took it too; "" is for all of them. Pure."""
    until, names = held.get(holder, (0, ()))
    left = tuple(name for name in names if by and name != by)
    others = {one: place for one, place in held.items() if one != holder}
    return {**others, holder: (until, left)} if left else others


def current(held: Held, now: float) -> Held:
    """The places whose time has not passed. Pure."""
    return {one: place for one, place in held.items() if place[0] > now}


class Places:
    """The places in these rows."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def take(self, entity: str, of: str, holder: str, by: str, most: int, term: int, seconds: float) -> Place:
        """Take a place of the `most` at `entity` for `term` seconds.

        Raises RetryableError if others take theirs at the same moment for all of these `seconds`.
        """

        def change(held: Held) -> Held | None:
            return taken(held, holder, by, most, int(self._rows.clock()) + term)

        held, changed = self._changed(entity, of, change, seconds)
        return Place(changed, len(held))

    def give_back(self, entity: str, of: str, holder: str, by: str, seconds: float) -> None:
        """Give a place back; without one, nothing changes. Raises as `take` does."""
        self._changed(entity, of, lambda held: given_back(held, holder, by), seconds)

    def _changed(
        self, entity: str, of: str, change: Callable[[Held], Held | None], seconds: float
    ) -> tuple[Held, bool]:
        """The places after a change, and whether there was one: None changes nothing.

        The first try supposes that nobody holds a place; what is there is in DynamoDB's refusal. Even no change is
        written too: only a write shows that nobody got in between. Raises RetryableError if others do for all of these
        `seconds`.
        """
        row, ends, tries = row_key("places", [of, entity]), self._rows.monotonic() + seconds, 0
        item: Mapping[str, Any] = {}
        while True:
            before = current(_held(item), self._rows.clock())
            after = change(before)
            held = before if after is None else after
            written = self._write(row, item, held)
            if not isinstance(written, ConditionFailed):
                return held, after is not None
            item = written.item
            if tries:
                if self._rows.monotonic() >= ends:
                    raise RetryableError(f"places of {of}: {tries} others got in between")
                self._rows.wait(tries)
            tries += 1

    def _write(self, row: Mapping[str, Any], item: Mapping[str, Any], held: Held) -> Any:
        number = int(item["changes"]["N"]) if item else 0
        latest = max((until for until, _ in held.values()), default=int(self._rows.clock()))
        values = {
            "held": {"S": json.dumps(held)},
            "changes": {"N": str(number + 1)},
            "expires": {"N": str(latest + 1)},  # TTL deletes rows hours late: each place's own time counts
        }
        condition, before = ("#changes = :before", {":before": {"N": str(number)}}) if item else (FIRST, {})
        return conditional_write(
            self._rows.dynamodb.update_item,
            TableName=self._rows.table,
            Key=row,
            UpdateExpression=f"SET {', '.join(f'#{name} = :{name}' for name in values)}",
            ExpressionAttributeNames={f"#{name}": name for name in values},
            ExpressionAttributeValues={f":{name}": value for name, value in values.items()} | before,
            ConditionExpression=condition,
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )


def _held(item: Mapping[str, Any]) -> Held:
    found = json.loads(item["held"]["S"]) if item else {}
    return {holder: (until, tuple(names)) for holder, (until, names) in found.items()}
