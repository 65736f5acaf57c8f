"""The delivery table: the claimed deliveries, so that a duplicate publishes no second event."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from functions.core.platform.dynamodb import ConditionFailed, conditional_write

# Longer than any provider retries, and than any tolerance of a signed time.
KEEP_SECONDS = 30 * 24 * 3600
# A claim of a verifier that crashed before publishing expires when its function would have timed out.
LEASE_SECONDS = 30

State = Literal["claimed", "in flight", "published"]
# The ending of the key under which the time of a digest's first copy is kept.
FIRST = "#first"


@dataclass(frozen=True)
class Claim:
    """The state of a claim; `delivery` is the unsigned delivery id that the claim was made with, "" if it had none."""

    state: State
    delivery: str = ""


class Claims:
    """Claims on delivery ids in the DynamoDB table `table`."""

    def __init__(self, dynamodb: Any, table: str, new_id: Callable[[], str]) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._new_id = new_id

    def claim(self, id: str, now: float, permanent: bool = False, delivery: str = "") -> Claim:
        """Claim `id` for a delivery with this unsigned delivery id.

        The state is "claimed" if the caller has it now, "in flight" if another has it, or "published". `permanent` is
        for sources that sign no time: a signature stays valid, so its claim must not expire.
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
                **({"delivery": {"S": delivery}} if delivery else {}),
                **({} if permanent else {"expires": {"N": str(int(now) + KEEP_SECONDS)}}),
            },
            ConditionExpression="attribute_not_exists(id) OR (#status = :claimed AND lease < :now)",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={":claimed": {"S": "claimed"}, ":now": {"N": str(now)}},
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
        # The SDK repeats a call without an answer, which then meets the claim that it made itself.
        if isinstance(written, ConditionFailed) and written.item.get("attempt") != {"S": attempt}:
            state: State = "published" if written.item["status"]["S"] == "published" else "in flight"
            return Claim(state, written.item.get("delivery", {}).get("S", ""))
        return Claim("claimed", delivery)

    def first(self, id: str, window: int, now: float) -> int:
        """When the first copy of what has this id came, in unix seconds, if that was within `window`; else now.

        It is now for one caller only: a copy at the same moment gets that caller's time.
        """
        came = int(now)
        written = conditional_write(
            self._dynamodb.put_item,
            TableName=self._table,
            Item={
                "id": {"S": f"{id}{FIRST}"},
                "came": {"N": str(came)},
                "expires": {"N": str(came + window + LEASE_SECONDS)},
            },
            ConditionExpression="attribute_not_exists(id) OR came <= :before",
            ExpressionAttributeValues={":before": {"N": str(came - window)}},
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
        return int(written.item["came"]["N"]) if isinstance(written, ConditionFailed) else came

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
