"""The delivery table: the claimed deliveries, so that a duplicate publishes no second event."""

from collections.abc import Callable
from typing import Any, Literal

from functions.core.platform.dynamodb import ConditionFailed, conditional_write

# Longer than any provider retries, and than any tolerance of a signed time.
KEEP_SECONDS = 30 * 24 * 3600
# A claim of a verifier that crashed before publishing expires when its function would have timed out.
LEASE_SECONDS = 30

State = Literal["claimed", "in flight", "published"]


class Claims:
    """Claims on delivery ids in the DynamoDB table `table`."""

    def __init__(self, dynamodb: Any, table: str, new_id: Callable[[], str]) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._new_id = new_id

    def claim(self, id: str, now: float, permanent: bool = False) -> State:
        """Claim `id`. Returns "claimed" if the caller has it now, "in flight" if another has it, or "published".

        `permanent` is for sources that sign no time: a signature stays valid, so its claim must not expire.
        """
        attempt = self._new_id()
        written = conditional_write(
            self._dynamodb.put_item,
            TableName=self._table,
            Item={
                "id": {"S": id},
                "status": {"S": "claimed"},
                "lease": {"N": str(now + LEASE_SECONDS)},
                "attempt": {"S": attempt},
                **({} if permanent else {"expires": {"N": str(int(now) + KEEP_SECONDS)}}),
            },
            ConditionExpression="attribute_not_exists(id) OR (#status = :claimed AND lease < :now)",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={":claimed": {"S": "claimed"}, ":now": {"N": str(now)}},
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
        # The SDK repeats a call without an answer, which then meets the claim that it made itself.
        if isinstance(written, ConditionFailed) and written.item.get("attempt") != {"S": attempt}:
            return "published" if written.item["status"]["S"] == "published" else "in flight"
        return "claimed"

    def published(self, id: str) -> None:
        """Mark the event as published."""
        self._dynamodb.update_item(
            TableName=self._table,
            Key={"id": {"S": id}},
            UpdateExpression="SET #status = :published",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={":published": {"S": "published"}},
        )

    def release(self, id: str) -> None:
        """Delete the claim of an event that could not be published, so that the next attempt is not a duplicate."""
        self._dynamodb.delete_item(TableName=self._table, Key={"id": {"S": id}})
