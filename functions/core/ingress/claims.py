"""The delivery table: which deliveries have been taken, so that a second copy makes no second event."""

from typing import Any, Literal

from functions.core.platform.dynamodb import ConditionFailed, conditional_write

# Longer than any provider retries, and than any signed time stays fresh.
KEEP_SECONDS = 30 * 24 * 3600
# A verifier that died between claim and publication holds its claim no longer than its function can run.
LEASE_SECONDS = 30

State = Literal["claimed", "in flight", "published"]


class Claims:
    """Claims on delivery ids in the DynamoDB table `table`."""

    def __init__(self, dynamodb: Any, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def claim(self, id: str, now: float, for_good: bool = False) -> State:
        """Take `id`: "claimed" says that it is the caller's now, "in flight" that another has it, or "published".

        `for_good` is for sources that sign no time: what was signed once stays good, so its claim must too.
        """
        written = conditional_write(
            self._dynamodb.put_item,
            TableName=self._table,
            Item={
                "id": {"S": id},
                "status": {"S": "claimed"},
                "lease": {"N": str(now + LEASE_SECONDS)},
                **({} if for_good else {"expires": {"N": str(int(now) + KEEP_SECONDS)}}),
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
        """The event of this delivery is on the bus."""
        self._dynamodb.update_item(
            TableName=self._table,
            Key={"id": {"S": id}},
            UpdateExpression="SET #status = :published",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={":published": {"S": "published"}},
        )

    def release(self, id: str) -> None:
        """The event could not be published: the sender's next attempt is not a duplicate."""
        self._dynamodb.delete_item(TableName=self._table, Key={"id": {"S": id}})
