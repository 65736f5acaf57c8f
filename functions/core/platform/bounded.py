"""Sets with a limited number of members, in DynamoDB: they end loops and floods."""

from typing import Any

from functions.core.platform.dynamodb import ConditionFailed, conditional_write

NEVER = 2**53  # for a table whose items do not expire


class BoundedSets:
    """Sets in the DynamoDB table `table`, which may hold other items too."""

    def __init__(self, dynamodb: Any, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def add(self, name: str, member: str, most: int, expires: float = NEVER) -> bool:
        """Add `member` to the set `name`, in one atomic step. Returns False if the set holds `most` others.

        Adding a member again returns True. `expires` (unix seconds) is when the table may delete the whole set.
        """
        written = conditional_write(
            self._dynamodb.update_item,
            TableName=self._table,
            Key=_key(name),
            UpdateExpression="SET #expires = :expires ADD #members :members",
            ConditionExpression="attribute_not_exists(#members) OR contains(#members, :member) "
            "OR size(#members) < :most",
            ExpressionAttributeNames={"#members": "members", "#expires": "expiration"},
            ExpressionAttributeValues={
                ":member": {"S": member},
                ":members": {"SS": [member]},
                ":most": {"N": str(most)},
                ":expires": {"N": str(int(expires))},
            },
        )
        return not isinstance(written, ConditionFailed)

    def members(self, name: str) -> frozenset[str]:
        """The members of the set `name`, as the last write left them."""
        answer = self._dynamodb.get_item(TableName=self._table, Key=_key(name), ConsistentRead=True)
        return frozenset(answer.get("Item", {}).get("members", {}).get("SS", ()))

    def remove(self, name: str, member: str) -> None:
        """Remove `member` from the set `name`, if it is there."""
        conditional_write(
            self._dynamodb.update_item,
            TableName=self._table,
            Key=_key(name),
            ConditionExpression="attribute_exists(id)",  # otherwise the update would make an item that never expires
            UpdateExpression="DELETE #members :members",
            ExpressionAttributeNames={"#members": "members"},
            ExpressionAttributeValues={":members": {"SS": [member]}},
        )


def _key(name: str) -> dict[str, Any]:
    return {"id": {"S": f"set#{name}"}}
