"""Items under an optimistic lock: one is put only in the place of its version before."""

from collections.abc import Mapping, Sequence
from typing import Any

from functions.core.platform.dynamodb import Cancelled, ConditionFailed, conditional_write, transact
from functions.core.platform.errors import RetryableError

Put = Mapping[str, Any]  # a request, or a part of a transaction


class AnotherStep(RetryableError):
    """Another message changed the same at the same moment; the message returns to its queue."""


def put_after(table: str, item: Mapping[str, Any], version: int) -> Put:
    """Puts the version `version` (from 1) of an item, if the one before is what is there."""
    versioned = {"TableName": table, "Item": {**item, "version": {"N": str(version)}}}
    if version == 1:
        return {**versioned, "ConditionExpression": "attribute_not_exists(id)"}
    return {
        **versioned,
        "ConditionExpression": "#version = :before",
        "ExpressionAttributeNames": {"#version": "version"},
        "ExpressionAttributeValues": {":before": {"N": str(version - 1)}},
    }


def write(dynamodb: Any, puts: Sequence[Put], what: str) -> None:
    """Put all of these items or none, in one request. Raises AnotherStep if the condition of one does not hold."""
    if len(puts) == 1:
        failed: object = isinstance(conditional_write(dynamodb.put_item, **puts[0]), ConditionFailed)
    else:
        failed = isinstance(transact(dynamodb, [{"Put": one} for one in puts]), Cancelled)
    if failed:
        raise AnotherStep(f"{what} had another step at the same moment")
