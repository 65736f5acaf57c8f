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
