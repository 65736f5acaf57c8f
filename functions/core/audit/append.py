"""Appends to the audit chains in DynamoDB. Neither a retry nor a race can fork a chain or duplicate a record."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from functions.core.audit import chain
from functions.core.audit.chain import Head
from functions.core.audit.heads import head_item, read_head
from functions.core.platform.dynamodb import transact
from functions.core.platform.errors import RetryableError

# A transaction has at most 100 actions: one for the head, and two for each record (the record and its id).
MOST_RECORDS = 49


class Chains:
    """The chains in the table `trail`, whose heads are in the table `heads`.

    An identity is the key of its records (seq 1, 2, …). The keys `id#…` are the ids of the appended records, which make
    a second receive of a message harmless. An append makes three calls, independently of the chain's length.
    """

    def __init__(self, dynamodb: Any, trail: str, heads: str) -> None:
        self._dynamodb = dynamodb
        self._trail = trail
        self._heads = heads

    def append(self, identity: str, records: Sequence[Mapping[str, Any]]) -> None:
        """Append those of `records` that are not on the chain of `identity`, all or none.

        Raises RetryableError if another recorder moved the head in between, or the table is throttled.
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
            raise RetryableError(f"the chain of {identity} moved; its records are appended again")

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
    """The key of a record's id. Ids are per chain, so no identity can use up another's ids."""
    return _key(f"id#{identity}#{record['id']}", 0)
