"""Reads the audit trail of a stack."""

from collections.abc import Iterable, Iterator
from typing import Any

from functions.core.audit.chain import Head
from functions.core.audit.heads import read_head, read_heads
from functions.core.audit.segments import records_in
from infra import naming

Record = dict[str, Any]
PAGE = 50  # segments that are read at once; a segment holds one record or thousands


class Trail:
    """The audit trail in DynamoDB, through a boto3 client."""

    def __init__(self, dynamodb: Any) -> None:
        self._dynamodb = dynamodb

    def of_correlation(self, correlation: str) -> list[Record]:
        """The records of one causal tree, each once, in order of time."""
        rows = self._pages(
            naming.TREES_TABLE,
            KeyConditionExpression="correlation = :correlation",
            ExpressionAttributeValues={":correlation": {"S": correlation}},
        )
        found = (record for row in rows for record in self._segment(row["segment"]["S"]))
        return sorted(once(one for one in found if one["correlation"] == correlation), key=lambda one: one["at"])

    def of_identity(self, identity: str, after: int = 0) -> list[Record]:
        """The records of one identity's chain with numbers over `after`, in order. A record can be there twice."""
        return list(self._records(identity, after + 1))

    def latest(self, identity: str, most: int) -> list[Record]:
        """The last records of one identity's chain, at most `most`, in order. A record can be there twice."""
        found: list[Record] = []
        values = {":chain": {"S": identity}}
        newest_first = self._pages(
            naming.AUDIT_TABLE,
            KeyConditionExpression="chain = :chain",
            ExpressionAttributeValues=values,
            ScanIndexForward=False,
            Limit=PAGE,
        )
        for segment in newest_first:
            found = [*records_in(segment), *found]
            if len(found) >= most:
                break
        return found[-most:]

    def length(self, identity: str) -> int:
        """The number of the last record of an identity's chain, 0 if it has none."""
        return read_head(self._dynamodb, naming.AUDIT_TABLE, identity).seq

    def heads(self) -> dict[str, Head]:
        """The head of every chain, by its identity."""
        return read_heads(self._dynamodb, naming.CHAINS_TABLE, naming.AUDIT_TABLE)

    def chain(self, identity: str, until: int) -> Iterator[Record]:
        """The records of one identity's chain up to number `until`, in order, page by page."""
        for record in self._records(identity, 1):
            if record["seq"] > until:
                return
            yield record

    def _records(self, identity: str, number: int) -> Iterator[Record]:
        """The records of a chain from `number` on, which can be in the middle of a segment."""
        segment = {"KeyConditionExpression": "chain = :chain AND #first <= :number", "ScanIndexForward": False}
        begins = next(self._segments(identity, number, Limit=1, **segment), None)
        first = int(begins["first"]["N"]) if begins else 1
        segments = self._segments(identity, first, KeyConditionExpression="chain = :chain AND #first >= :number")
        return (record for item in segments for record in records_in(item) if record["seq"] >= number)

    def _segments(self, identity: str, number: int, **query: Any) -> Iterator[dict[str, Any]]:
        values = {":chain": {"S": identity}, ":number": {"N": str(number)}}
        names = {"#first": "first"}
        return self._pages(
            naming.AUDIT_TABLE, ExpressionAttributeValues=values, ExpressionAttributeNames=names, **query
        )

    def _segment(self, row: str) -> Iterator[Record]:
        """The records of the segment that a row of the index names; a row can name a segment that was not stored."""
        identity, _, first = row.rpartition("#")
        key = {"chain": {"S": identity}, "first": {"N": first}}
        found = self._dynamodb.get_item(TableName=naming.AUDIT_TABLE, Key=key, ConsistentRead=True).get("Item")
        return records_in(found) if found else iter(())

    def _pages(self, table: str, **query: Any) -> Iterator[dict[str, Any]]:
        pages = self._dynamodb.get_paginator("query").paginate(TableName=table, ConsistentRead=True, **query)
        return (item for page in pages for item in page["Items"])


def once(records: Iterable[Record]) -> Iterator[Record]:
    """The first record of each id on its chain: a message that the recorder receives twice is appended twice."""
    seen: set[tuple[str, str]] = set()
    for record in records:
        if (key := (record["identity"], record["id"])) not in seen:
            seen.add(key)
            yield record
