"""Sets that take so many members and no more, kept in DynamoDB: what ends a loop, and a flood."""

from typing import Any

from functions.core.platform.dynamodb import ConditionFailed, conditional_write

NEVER = 2**53  # for a table that keeps all it has


class BoundedSets:
    """The sets in the DynamoDB table `table`, beside what else it holds."""

    def __init__(self, dynamodb: Any, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def add(self, name: str, member: str, most: int, expires: float = NEVER) -> bool:
        """Put `member` into the set `name`, in one atomic step; False where it holds `most` others.

        One that is in it already stays in it. `expires` (unix seconds) is when the table may forget the whole set.
        """
        written = conditional_write(
            self._dynamodb.update_item,
            TableName=self._table,
            Key={"id": {"S": f"set#{name}"}},
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
