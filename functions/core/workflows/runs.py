"""Stores runs in DynamoDB, with optimistic locking: a state and the commands that are not published yet in one item."""

from dataclasses import dataclass
from typing import Any

from functions.core.platform.dynamodb import ConditionFailed, conditional_write
from functions.core.platform.errors import RetryableError
from functions.core.workflows.machine import Commands
from functions.core.workflows.messages import COMMANDS


class AnotherStep(RetryableError):
    """Another message of the run was handled at the same moment; the message returns to its queue."""


@dataclass(frozen=True)
class Stored:
    """A run as it is stored: its state as JSON, how often it was saved, and what is to be published still."""

    state: bytes
    version: int
    outbox: Commands = ()


class Runs:
    """The runs in the DynamoDB table `table`, by their ids."""

    def __init__(self, dynamodb: Any, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def read(self, run: str) -> Stored | None:
        """The run; None if there is none."""
        answer = self._dynamodb.get_item(TableName=self._table, Key={"id": {"S": run}}, ConsistentRead=True)
        if not (item := answer.get("Item")):
            return None
        outbox = COMMANDS.validate_json(item["outbox"]["S"])
        return Stored(item["state"]["S"].encode(), int(item["version"]["N"]), outbox)

    def save(self, run: str, stored: Stored) -> None:
        """Store a run in the place of its version before. Raises AnotherStep if that is not what is there."""
        item = {
            "id": {"S": run},
            "state": {"S": stored.state.decode()},
            "version": {"N": str(stored.version)},
            "outbox": {"S": COMMANDS.dump_json(stored.outbox).decode()},
        }
        first = {"ConditionExpression": "attribute_not_exists(id)"}
        later = {
            "ConditionExpression": "#version = :before",
            "ExpressionAttributeNames": {"#version": "version"},
            "ExpressionAttributeValues": {":before": {"N": str(stored.version - 1)}},
        }
        condition = first if stored.version == 1 else later
        written = conditional_write(self._dynamodb.put_item, TableName=self._table, Item=item, **condition)
        if isinstance(written, ConditionFailed):
            raise AnotherStep(f"run {run} had another step at the same moment")

    def published(self, run: str, version: int) -> None:
        """Empty the outbox. If a later step was saved, it has published what was before it, and nothing is done."""
        conditional_write(
            self._dynamodb.update_item,
            TableName=self._table,
            Key={"id": {"S": run}},
            UpdateExpression="SET outbox = :empty",
            ConditionExpression="#version = :version",
            ExpressionAttributeNames={"#version": "version"},
            ExpressionAttributeValues={":empty": {"S": "[]"}, ":version": {"N": str(version)}},
        )
