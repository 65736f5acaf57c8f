"""The delivery table: the claimed deliveries, so that a duplicate publishes no second event."""

from typing import Any, Literal

from functions.core.platform.dynamodb import ConditionFailed, conditional_write

# Longer than any provider retries, and than any tolerance of a signed time.
KEEP_SECONDS = 30 * 24 * 3600
# A verifier that crashed between claim and publication holds its claim no longer than its function can run.
LEASE_SECONDS = 30

State = Literal["claimed", "in flight", "published"]


class Claims:
    """Claims on delivery ids in the DynamoDB table `table`."""

    def __init__(self, dynamodb: Any, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def claim(self, id: str, now: float, permanent: bool = False) -> State:
        """Claim `id`. Returns "claimed" if the caller has it now, "in flight" if another has it, or "published".

        `permanent` is for sources that sign no time: a signature stays valid, so its claim must not expire.
        """
        written = conditional_write(
            self._dynamodb.put_item,
            TableName=self._table,
            Item={
                "id": {"S": id},
                "status": {"S": "claimed"},
                "lease": {"N": str(now + LEASE_SECONDS)},
                **({} if permanent else {"expires": {"N": str(int(now) + KEEP_SECONDS)}}),
            },
            ConditionExpression="attribute_not_exists(id) OR (#status = :claimed AND lease < :now)",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={":claimed": {"S": "claimed"}, ":now": {"N": str(now)}},
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
        if isinstance(written, ConditionFailed):
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
