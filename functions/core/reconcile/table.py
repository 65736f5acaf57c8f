"""The delivery table as the reconcile service reads it, and its own rows there: up to where a source is reconciled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.core.platform.dynamodb import conditional_write
from functions.core.platform.errors import RetryableError
from functions.core.platform.times import Clock
from functions.core.reconcile.comparing import State, state_of
from functions.core.reconcile.report import Report
from functions.core.reconcile.windows import moved

MOST_KEYS = 100  # of one BatchGetItem
TRIES = 5  # DynamoDB returns what it did not process, under load
ROW = "reconcile#"  # the beginning of the keys of its own rows


@dataclass(frozen=True)
class Last:
    """The last run of a source: when it was, up to where the source is reconciled, and what it found in one line.

    Times are in unix seconds. `mark` is None if no run was settled yet. `whole` is False if something is lost or not
    known.
    """

    at: float
    mark: float | None
    whole: bool
    summary: str


@dataclass(frozen=True)
class Deliveries:
    """The delivery table."""

    dynamodb: Any
    table: str
    clock: Clock

    def states(self, ids: Sequence[str]) -> Mapping[str, State]:
        """The state of each event. Raises RetryableError if DynamoDB does not answer for all of them."""
        found: dict[str, Mapping[str, Any]] = {}
        for start in range(0, len(ids), MOST_KEYS):
            found |= self._rows(ids[start : start + MOST_KEYS])
        now = self.clock()
        return {id: state_of(found.get(id), now) for id in ids}

    def last(self, source: str) -> Last | None:
        """The last run of a source, None before the first."""
        key = {"id": {"S": f"{ROW}{source}"}}
        item = self.dynamodb.get_item(TableName=self.table, Key=key, ConsistentRead=True).get("Item")
        return last_of(item) if item else None

    def keep(self, report: Report, mark: float | None) -> None:
        """Keep what a run found; the mark moves only forward."""
        key = {"id": {"S": f"{ROW}{report.source}"}}
        self.dynamodb.update_item(
            TableName=self.table,
            Key=key,
            UpdateExpression="SET ran = :ran, whole = :whole, summary = :summary",
            ExpressionAttributeValues={
                ":ran": {"N": str(self.clock())},
                ":whole": {"BOOL": report.is_whole},
                ":summary": {"S": report.summary},
            },
        )
        if (new := moved(mark, report)) is not None:
            conditional_write(
                self.dynamodb.update_item,
                TableName=self.table,
                Key=key,
                UpdateExpression="SET #until = :new",
                ConditionExpression="attribute_not_exists(#until) OR #until < :new",
                ExpressionAttributeNames={"#until": "until"},
                ExpressionAttributeValues={":new": {"N": str(new)}},
            )

    def _rows(self, ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        asked: Mapping[str, Any] = {
            self.table: {
                "Keys": [{"id": {"S": id}} for id in ids],
                "ConsistentRead": True,
                "ProjectionExpression": "id, #status, lease",
                "ExpressionAttributeNames": {"#status": "status"},
            }
        }
        found: dict[str, Mapping[str, Any]] = {}
        for _ in range(TRIES):
            try:
                answer = self.dynamodb.batch_get_item(RequestItems=asked)
            except (ClientError, BotoCoreError) as error:
                raise RetryableError(f"the delivery table cannot be read: {error}") from error
            found |= {row["id"]["S"]: row for row in answer.get("Responses", {}).get(self.table, ())}
            asked = answer.get("UnprocessedKeys") or {}
            if not asked:
                return found
        raise RetryableError("the delivery table does not answer for all events")


def last_of(item: Mapping[str, Any]) -> Last:
    """The last run in a row."""
    until = item.get("until", {}).get("N")
    return Last(
        at=float(item["ran"]["N"]),
        mark=float(until) if until is not None else None,
        whole=bool(item["whole"]["BOOL"]),
        summary=str(item["summary"]["S"]),
    )
