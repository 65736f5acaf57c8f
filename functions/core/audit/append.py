"""Appends to the audit chains in DynamoDB. Neither a retry nor a race can fork a chain."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from functions.core.audit import chain, segments
from functions.core.audit.chain import Head
from functions.core.audit.heads import read_head
from functions.core.platform.dynamodb import ConditionFailed, conditional_write
from functions.core.platform.errors import RetryableError

ATTEMPTS = 20  # at a chain that other recorders append to meanwhile; each loss is a win of another one
BATCH = 25  # the limit of dynamodb:BatchWriteItem


@dataclass(frozen=True)
class Tables:
    """The names of the tables of the trail.

    `segments` holds the chains (chain, first), `chains` their names, and `trees` the segments that have records of a
    causal tree (correlation, segment).
    """

    segments: str
    chains: str
    trees: str


class Chains:
    """The chains in DynamoDB. An append costs a query, a put, and one row for each causal tree in its records."""

    def __init__(self, dynamodb: Any, tables: Tables) -> None:
        self._dynamodb = dynamodb
        self._tables = tables

    def append(self, identity: str, records: Sequence[Mapping[str, Any]]) -> Head:
        """Append `records`, at least one, to the chain of `identity`, each id of them once; returns its end.

        Records of an earlier append are appended again: a reader counts the first of each id. Raises RetryableError if
        other recorders win each race for the end of the chain, or a table is throttled.
        """
        once: dict[str, Mapping[str, Any]] = {}
        for record in records:
            once.setdefault(record["id"], record)
        end = Head()
        for part in segments.parts(once.values()):
            end = self._append(identity, part)
        return end

    def _append(self, identity: str, records: Sequence[Mapping[str, Any]]) -> Head:
        for _ in range(ATTEMPTS):
            head = read_head(self._dynamodb, self._tables.segments, identity)
            end, linked = chain.link(head, records)
            # Before the segment: a row that leads to no record is harmless, a record without its row is not found.
            self._index(identity, head.seq + 1, linked)
            if head == Head():
                self._dynamodb.put_item(TableName=self._tables.chains, Item={"chain": {"S": identity}})
            item = segments.segment_item(identity, head, linked, end)
            if self._put(item) or self._is_stored(item):
                return end
        raise RetryableError(f"the chain of {identity} moved {ATTEMPTS} times; its records are appended again")

    def _put(self, item: Mapping[str, Any]) -> bool:
        """Whether the segment is stored now; False if its place on the chain is taken."""
        written = conditional_write(
            self._dynamodb.put_item,
            TableName=self._tables.segments,
            Item=item,
            ConditionExpression="attribute_not_exists(#chain)",
            ExpressionAttributeNames={"#chain": "chain"},
        )
        return not isinstance(written, ConditionFailed)

    def _is_stored(self, item: Mapping[str, Any]) -> bool:
        """Whether its place is taken by the segment itself: the answer to an earlier put was lost."""
        key = {"chain": item["chain"], "first": item["first"]}
        found = self._dynamodb.get_item(TableName=self._tables.segments, Key=key, ConsistentRead=True).get("Item", {})
        return bool(found.get("hash") == item["hash"])

    def _index(self, identity: str, first: int, linked: Sequence[Mapping[str, Any]]) -> None:
        correlations = dict.fromkeys(record["correlation"] for record in linked if record["correlation"])
        rows = [{"correlation": {"S": tree}, "segment": {"S": f"{identity}#{first}"}} for tree in correlations]
        for start in range(0, len(rows), BATCH):
            puts = [{"PutRequest": {"Item": row}} for row in rows[start : start + BATCH]]
            answer = self._dynamodb.batch_write_item(RequestItems={self._tables.trees: puts})
            if answer.get("UnprocessedItems"):
                raise RetryableError("the table of causal trees is throttled")
