"""Appending to the audit chains in DynamoDB, so that neither a retry nor a race can fork or double one."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from functions.core.audit import chain
from functions.core.audit.chain import Head
from functions.core.audit.heads import head_item, read_head
from functions.core.platform.dynamodb import transact
from functions.core.platform.errors import RetryableError

# A transaction takes 100 actions: the head, and for each record itself and its id.
MOST_RECORDS = 49


class Chains:
    """The chains in the table `trail`, whose ends are in the table `heads`.

    Under the key of an identity lie its records (seq 1, 2, …); under `id#…` the ids of those that have been appended,
    which make a repeated delivery of the queue harmless. An append costs three calls, however long the chain is.
    """

    def __init__(self, dynamodb: Any, trail: str, heads: str) -> None:
        self._dynamodb = dynamodb
        self._trail = trail
        self._heads = heads

    def append(self, identity: str, records: Sequence[Mapping[str, Any]]) -> None:
        """Append those of `records` that the chain of `identity` does not hold yet, all or none.

        Raises RetryableError where another recorder moved the head in between.
        """
        fresh = self._fresh(identity, records)
        if not fresh:
            return
        head = read_head(self._dynamodb, self._heads, identity)
        end, linked = chain.link(head, fresh)
        actions = [self._move_head(identity, head, end)]
        for record in linked:
            actions += [self._put_record(identity, record), self._put_new(_id_key(identity, record))]
        if transact(self._dynamodb, actions):
            raise RetryableError(f"the chain of {identity} moved; its records are appended anew")

    def _fresh(self, identity: str, records: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        by_key = {_id_key(identity, record)["chain"]["S"]: record for record in records}
        keys = [_key(key, 0) for key in by_key]
        answer = self._dynamodb.batch_get_item(RequestItems={self._trail: {"Keys": keys, "ConsistentRead": True}})
        if answer.get("UnprocessedKeys"):
            raise RetryableError("the audit table is throttled")
        known = {item["chain"]["S"] for item in answer["Responses"][self._trail]}
        return [record for key, record in by_key.items() if key not in known]

    def _move_head(self, identity: str, head: Head, end: Head) -> dict[str, Any]:
        put = {
            "TableName": self._heads,
            "Item": head_item(identity, end),
            "ConditionExpression": "attribute_not_exists(#hash)" if head == Head() else "#hash = :hash",
            "ExpressionAttributeNames": {"#hash": "hash"},
        }
        values = {} if head == Head() else {"ExpressionAttributeValues": {":hash": {"S": head.hash}}}
        return {"Put": {**put, **values}}

    def _put_record(self, identity: str, record: Mapping[str, Any]) -> dict[str, Any]:
        item = {
            **_key(identity, record["seq"]),
            "correlation": {"S": record["correlation"] or "-"},
            "at": {"S": record["at"]},
            "record": {"S": json.dumps(record)},
        }
        return self._put_new(item)

    def _put_new(self, item: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "Put": {
                "TableName": self._trail,
                "Item": item,
                "ConditionExpression": "attribute_not_exists(#chain)",
                "ExpressionAttributeNames": {"#chain": "chain"},
            }
        }


def _key(name: str, seq: int) -> dict[str, Any]:
    return {"chain": {"S": name}, "seq": {"N": str(seq)}}


def _id_key(identity: str, record: Mapping[str, Any]) -> dict[str, Any]:
    """An id counts within its chain: nobody can use up another identity's ids."""
    return _key(f"id#{identity}#{record['id']}", 0)
