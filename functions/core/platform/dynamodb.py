"""Conditional writes to DynamoDB: a condition that does not hold is an answer, not an exception."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

CONDITION_FAILED = "ConditionalCheckFailed"  # among the reasons of a cancelled transaction


@dataclass(frozen=True)
class ConditionFailed:
    """The condition did not hold and nothing was written.

    `item` is the item that is there, if the request set ReturnValuesOnConditionCheckFailure.
    """

    item: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Cancelled:
    """A transaction that wrote nothing. `reasons` has a code for each of its actions, "None" if that did not fail.

    `items` has for each the item that is there, {} if there is none or the action does not set
    ReturnValuesOnConditionCheckFailure.
    """

    reasons: Sequence[str]
    items: Sequence[Mapping[str, Any]] = ()


def conditional_write(write: Callable[..., Any], **request: Any) -> Mapping[str, Any] | ConditionFailed:
    """Call `write`, a client's put_item, update_item or delete_item, and return its response or ConditionFailed.

    Raises every other ClientError.
    """
    try:
        response: Mapping[str, Any] = write(**request)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return ConditionFailed(error.response.get("Item", {}))
    return response


def transact(dynamodb: Any, actions: Sequence[Mapping[str, Any]]) -> Cancelled | None:
    """Write all of `actions` or none. Returns None if they are written; raises every ClientError but a cancellation."""
    try:
        dynamodb.transact_write_items(TransactItems=actions)
    except ClientError as error:
        if error.response["Error"]["Code"] != "TransactionCanceledException":
            raise
        reasons = error.response.get("CancellationReasons", ())
        return Cancelled(
            tuple(reason["Code"] for reason in reasons), tuple(reason.get("Item") or {} for reason in reasons)
        )
    return None
