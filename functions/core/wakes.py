"""How often a causal tree has woken an agent: what ends a loop of hand-offs, whatever its events say of their hops."""

from typing import Any

from botocore.exceptions import ClientError

from functions.core.errors import BudgetExceeded

KEEP_SECONDS = 40 * 24 * 3600  # longer than people may be given, and an approval lives


class Wakes:
    """The ids of the events of each tree that woke the agent, in its own memory, the DynamoDB table `table`."""

    def __init__(self, dynamodb: Any, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def count(self, correlation: str, event: str, most: int, now: float) -> None:
        """Count `event`, once however often it comes. Raises BudgetExceeded where `most` others were before it."""
        try:
            self._dynamodb.update_item(
                TableName=self._table,
                Key={"id": {"S": f"tree#{correlation}"}},
                UpdateExpression="SET #expires = :expires ADD #events :events",
                ConditionExpression="attribute_not_exists(#events) OR contains(#events, :event) "
                "OR size(#events) < :most",
                ExpressionAttributeNames={"#events": "events", "#expires": "expiration"},
                ExpressionAttributeValues={
                    ":event": {"S": event},
                    ":events": {"SS": [event]},
                    ":most": {"N": str(most)},
                    ":expires": {"N": str(int(now) + KEEP_SECONDS)},
                },
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            raise BudgetExceeded(f"this tree of events has woken the agent {most} times, as often as it may") from None
