"""Turns that are taken once for each entity, in the ledger's table.

A turn and the counter of its rotation change in one transaction, on condition that the entity has no turn yet and that
the counter is what was read. So no number is given twice or left out, whichever process dies between two calls.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from functions.core.claims.rows import Rows
from functions.core.claims.rows import key as row_key
from functions.core.platform.dynamodb import CONDITION_FAILED, ConditionFailed, conditional_write, transact
from functions.core.platform.errors import RetryableError

KEEP_SECONDS = 400 * 24 * 3600  # as long as the timelines
OLD = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}


@dataclass(frozen=True)
class Turn:
    """Whose turn it was, its number from 0, and whether the same effect took it."""

    member: str
    number: int
    new: bool


class Rotation:
    """The claims and turns in these rows."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._taken: dict[str, int] = {}  # of each counter, as it was last seen

    def claim(self, entity: str, of: str, seconds: int, key: str) -> bool:
        """Claim `entity` for `seconds` in the name of the effect `key`; False if another effect holds the claim."""
        now = self._rows.clock()
        fields = {
            "by": {"S": key},
            "until": {"N": str(int(now) + seconds)},
            "expires": {"N": str(int(now) + seconds + 1)},  # TTL deletes rows hours late: `until` counts
        }
        written = conditional_write(
            self._rows.dynamodb.update_item,
            TableName=self._rows.table,
            Key=row_key("claim", [of, entity]),
            UpdateExpression="SET #by = :by, #until = :until, #expires = :expires",
            ConditionExpression="attribute_not_exists(#by) OR #until < :now OR #by = :by",
            ExpressionAttributeNames={f"#{name}": name for name in fields},
            ExpressionAttributeValues={
                **{f":{name}": value for name, value in fields.items()},
                ":now": {"N": str(int(now))},
            },
        )
        return not isinstance(written, ConditionFailed)

    def take(self, entity: str, of: str, pool: str, among: Sequence[str], key: str, seconds: float) -> Turn:
        """The turn of `entity`: the one that it has, or else the next of the rotation of `pool` among these members.

        Raises RetryableError if other turns got in between for all of these `seconds`.
        """
        counter, ends = row_key("pool", [of, pool, list(among)]), self._rows.monotonic() + seconds
        row = counter["key"]["S"]
        tries = 0
        while True:
            number = self._taken.get(row, 0)
            member = among[number % len(among)]
            cancelled = transact(
                self._rows.dynamodb,
                [
                    {"Update": self._turn(row_key("turn", [of, entity]), member, number, key)},
                    {"Update": self._count(counter, number)},
                ],
            )
            if cancelled is None:
                self._taken[row] = number + 1
                return Turn(member, number, new=True)
            if cancelled.reasons[0] == CONDITION_FAILED:
                has = cancelled.items[0]
                return Turn(has["member"]["S"], int(has["number"]["N"]), has["by"]["S"] == key)
            if cancelled.reasons[1] == CONDITION_FAILED:
                now = cancelled.items[1]
                self._taken[row] = int(now["taken"]["N"]) if now else 0
            tries += 1
            if self._rows.monotonic() >= ends:
                raise RetryableError(f"turn.take: {tries} other turns of {pool} got in between")
            self._rows.wait(tries)

    def _turn(self, key: dict[str, Any], member: str, number: int, by: str) -> dict[str, Any]:
        values = {
            "member": {"S": member},
            "number": {"N": str(number)},
            "by": {"S": by},
            "expires": self._expires(),
        }
        return {**self._set(key, values), "ConditionExpression": "attribute_not_exists(#by)", **OLD}

    def _count(self, key: dict[str, Any], number: int) -> dict[str, Any]:
        update = self._set(key, {"taken": {"N": str(number + 1)}, "expires": self._expires()})
        if number == 0:
            return {**update, "ConditionExpression": "attribute_not_exists(#taken)", **OLD}
        before = {**update["ExpressionAttributeValues"], ":before": {"N": str(number)}}
        return {**update, "ConditionExpression": "#taken = :before", "ExpressionAttributeValues": before, **OLD}

    def _set(self, key: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
        return {
            "TableName": self._rows.table,
            "Key": key,
            "UpdateExpression": f"SET {', '.join(f'#{name} = :{name}' for name in values)}",
            "ExpressionAttributeNames": {f"#{name}": name for name in values},
            "ExpressionAttributeValues": {f":{name}": value for name, value in values.items()},
        }

    def _expires(self) -> dict[str, str]:
        return {"N": str(int(self._rows.clock()) + KEEP_SECONDS)}
