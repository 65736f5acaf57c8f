"""Appending to the audit chains in DynamoDB, so that neither a retry nor a race can fork or double one."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from functions.core import chain
from functions.core.chain import Head
from functions.core.errors import RetryableError

# A transaction takes 100 actions: the head, and for each record itself and its id.
MOST_RECORDS = 49


class Chains:
    """The chains in the table `table`.

    Under the key of an identity lie its head (seq 0) and its records (seq 1, 2, …); under `id#…` the ids of
    records that have been appended, which make a repeated delivery of the queue harmless.
    """

    def __init__(self, dynamodb: Any, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def append(self, identity: str, records: Sequence[Mapping[str, Any]]) -> None:
        """Append those of `records` that the chain of `identity` does not hold yet, all or none.

        Raises RetryableError where another recorder moved the head in between.
        """
        fresh = self._fresh(records)
        if not fresh:
            return
        head = self._head(identity)
        end, linked = chain.link(head, fresh)
        actions = [self._move_head(identity, head, end)]
        for record in linked:
            actions += [self._put_record(identity, record), self._put_id(record["id"])]
        try:
            self._dynamodb.transact_write_items(TransactItems=actions)
        except ClientError as error:
            if error.response["Error"]["Code"] != "TransactionCanceledException":
                raise
            raise RetryableError(f"the chain of {identity} moved; its records are appended anew") from error

    def _fresh(self, records: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        by_id = {record["id"]: record for record in records}
        keys = [_key(f"id#{id}", 0) for id in by_id]
        answer = self._dynamodb.batch_get_item(RequestItems={self._table: {"Keys": keys, "ConsistentRead": True}})
        if answer.get("UnprocessedKeys"):
            raise RetryableError("the audit table is throttled")
        known = {item["chain"]["S"].removeprefix("id#") for item in answer["Responses"][self._table]}
        return [record for id, record in by_id.items() if id not in known]

    def _head(self, identity: str) -> Head:
        item = self._dynamodb.get_item(TableName=self._table, Key=_key(identity, 0), ConsistentRead=True).get("Item")
        return Head(int(item["end"]["N"]), item["hash"]["S"]) if item else Head()

    def _move_head(self, identity: str, head: Head, end: Head) -> dict[str, Any]:
        item = {**_key(identity, 0), "end": {"N": str(end.seq)}, "hash": {"S": end.hash}}
        unmoved = "attribute_not_exists(#hash)" if head == Head() else "#hash = :hash"
        values = {} if head == Head() else {"ExpressionAttributeValues": {":hash": {"S": head.hash}}}
        names = {"#hash": "hash"}
        put = {
            "TableName": self._table,
            "Item": item,
            "ConditionExpression": unmoved,
            "ExpressionAttributeNames": names,
        }
        return {"Put": {**put, **values}}

    def _put_record(self, identity: str, record: Mapping[str, Any]) -> dict[str, Any]:
        item = {
            **_key(identity, record["seq"]),
            "correlation": {"S": record["correlation"] or "-"},
            "at": {"S": record["at"]},
            "record": {"S": json.dumps(record)},
        }
        return self._put_new(item)

    def _put_id(self, id: str) -> dict[str, Any]:
        return self._put_new(_key(f"id#{id}", 0))

    def _put_new(self, item: Mapping[str, Any]) -> dict[str, Any]:
        condition = "attribute_not_exists(#chain)"
        names = {"#chain": "chain"}
        return {
            "Put": {
                "TableName": self._table,
                "Item": item,
                "ConditionExpression": condition,
                "ExpressionAttributeNames": names,
            }
        }


def _key(name: str, seq: int) -> dict[str, Any]:
    return {"chain": {"S": name}, "seq": {"N": str(seq)}}
