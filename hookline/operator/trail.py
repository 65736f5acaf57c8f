"""Reads the audit trail of a stack."""

import json
from collections.abc import Iterator
from typing import Any

from functions.core.audit.chain import Head
from functions.core.audit.heads import read_head, read_heads
from infra import naming


class Trail:
    """The audit trail in DynamoDB, through a boto3 client."""

    def __init__(self, dynamodb: Any) -> None:
        self._dynamodb = dynamodb

    def of_correlation(self, correlation: str) -> list[dict[str, Any]]:
        """The records of one causal tree, in order of time. The index may lag behind the chains."""
        return self._query(
            IndexName="correlation",
            KeyConditionExpression="correlation = :correlation",
            ExpressionAttributeValues={":correlation": {"S": correlation}},
        )

    def of_identity(self, identity: str, after: int = 0) -> list[dict[str, Any]]:
        """The records of one identity's chain with numbers over `after`, in order."""
        return self._query(
            ConsistentRead=True,
            KeyConditionExpression="chain = :chain AND seq > :after",
            ExpressionAttributeValues={":chain": {"S": identity}, ":after": {"N": str(after)}},
        )

    def length(self, identity: str) -> int:
        """The number of the last record of an identity's chain, 0 if it has none."""
        return read_head(self._dynamodb, naming.HEADS_TABLE, identity).seq

    def heads(self) -> dict[str, Head]:
        """The head of every chain, by its identity."""
        return read_heads(self._dynamodb, naming.HEADS_TABLE)

    def chain(self, identity: str, until: int) -> Iterator[dict[str, Any]]:
        """The records of one identity's chain up to number `until`, in order, page by page."""
        yield from self._pages(
            ConsistentRead=True,
            KeyConditionExpression="chain = :chain AND seq BETWEEN :first AND :until",
            ExpressionAttributeValues={":chain": {"S": identity}, ":first": {"N": "1"}, ":until": {"N": str(until)}},
        )

    def _query(self, **query: Any) -> list[dict[str, Any]]:
        return list(self._pages(**query))

    def _pages(self, **query: Any) -> Iterator[dict[str, Any]]:
        pages = self._dynamodb.get_paginator("query").paginate(TableName=naming.AUDIT_TABLE, **query)
        return (json.loads(item["record"]["S"]) for page in pages for item in page["Items"])
