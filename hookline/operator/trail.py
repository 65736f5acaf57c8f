"""Reads the audit trail of a stack."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from functions.core.audit.chain import Head
from functions.core.audit.heads import read_head
from functions.core.audit.segments import records_in
from functions.core.context.timeline import NO_TIME
from functions.core.platform.times import sortable
from infra import naming

Record = Mapping[str, Any]
PAGE = 50  # segments that are read at once; a segment holds one record or thousands
FEW, MANY = 20, 160  # the same of the second and the largest page, where the first one mostly does
MOST_KEYS = 25  # segments of one BatchGetItem, which answers with 16 MB at most


class Trail:
    """The audit trail in DynamoDB, through a boto3 client."""

    def __init__(self, dynamodb: Any) -> None:
        self._dynamodb = dynamodb

    def of_correlation(self, correlation: str) -> list[Record]:
        """The records of one causal tree, each once, in order of time."""
        return self.of_correlations([correlation])[correlation]

    def of_identity(self, identity: str, after: int = 0) -> list[Record]:
        """The records of one identity's chain with numbers over `after`, in order. A record can be there twice."""
        return list(self._records(identity, after + 1))

    def backwards(self, identity: str, below: int | None = None) -> Iterator[Record]:
        """The records of one identity's chain with numbers below `below`, or all, the newest first, page by page."""
        for segment in self.segments(identity, below):
            yield from reversed([one for one in records_in(segment) if below is None or one["seq"] < below])

    def segments(self, identity: str, below: int | None = None) -> Iterator[dict[str, Any]]:
        """The segments of one identity's chain that begin below number `below`, or all, the newest first."""
        if below is not None and below <= 1:
            return iter(())
        known = {"#first": "first"} if below is not None else {}
        return self._growing(
            naming.AUDIT_TABLE,
            KeyConditionExpression="chain = :chain" + (" AND #first < :below" if known else ""),
            ExpressionAttributeValues={":chain": {"S": identity}, **({":below": {"N": str(below)}} if known else {})},
            **({"ExpressionAttributeNames": known} if known else {}),
            ScanIndexForward=False,
        )

    def first_after(self, identity: str, at: str) -> int:
        """The number of the first record of a chain that is later than `at`, one over its length if none is.

        It halves the chain, so it reads few segments of a long one; records are taken to be in order of time.
        """
        low, high = 1, self.length(identity) + 1
        while low < high:
            segment = self._holding(identity, (low + high) // 2)
            records = list(records_in(segment)) if segment else []
            earlier = [record["seq"] for record in records if record["at"] <= at]
            if not earlier:
                high = int(segment["first"]["N"]) if segment else low
            elif (last := earlier[-1]) < records[-1]["seq"]:
                return int(last) + 1
            else:
                low = last + 1
        return low

    def identities(self) -> list[str]:
        """The identities that have a chain, by name: as many as there are functions, not events."""
        pages = self._dynamodb.get_paginator("scan").paginate(TableName=naming.CHAINS_TABLE, ConsistentRead=True)
        return sorted(item["chain"]["S"] for page in pages for item in page["Items"])

    def of_correlations(self, correlations: Sequence[str]) -> dict[str, list[Record]]:
        """The same as `of_correlation` for several trees, whose segments are read together."""
        if len(correlations) == 1:
            named = {correlations[0]: self._segments_of(correlations[0])}
        else:
            with ThreadPoolExecutor(8) as pool:
                named = dict(zip(correlations, pool.map(self._segments_of, correlations), strict=True))
        wanted = list(dict.fromkeys(row for rows in named.values() for row in rows))
        trees: dict[str, list[Record]] = {correlation: [] for correlation in named}
        for start in range(0, len(wanted), MOST_KEYS):
            for segment in self._batch(wanted[start : start + MOST_KEYS]):
                for record in records_in(segment):
                    if record["correlation"] in trees:
                        trees[record["correlation"]].append(record)
        return {tree: sorted(once(records), key=lambda one: one["at"]) for tree, records in trees.items()}

    def has_tree(self, correlation: str) -> bool:
        """Whether an event with this id begins a tree. It reads one row of the index."""
        if not correlation:  # DynamoDB refuses an empty key
            return False
        found = self._dynamodb.query(
            TableName=naming.TREES_TABLE,
            KeyConditionExpression="correlation = :correlation",
            ExpressionAttributeValues={":correlation": {"S": correlation}},
            ConsistentRead=True,
            Limit=1,
        )
        return bool(found["Items"])

    def timeline(self, entity: str, before: str | None = None) -> Iterator[tuple[str, dict[str, Any]]]:
        """The entries of an entity's timeline before the key `before`, or all, each with its key, the newest first."""
        pages = self._pages(
            naming.TIMELINES_TABLE,
            KeyConditionExpression="entity = :entity AND #at BETWEEN :low AND :high",
            ExpressionAttributeNames={"#at": "at"},
            ExpressionAttributeValues={
                ":entity": {"S": entity},
                ":low": {"S": NO_TIME},
                ":high": {"S": before or "~"},
            },
            ScanIndexForward=False,
            Limit=PAGE,
        )
        for item in pages:
            if (at := item["at"]["S"]) != before:
                yield at, json.loads(item["entry"]["S"])

    def entry(self, entity: str, event: str) -> dict[str, Any] | None:
        """The entry of an event on an entity's timeline, None if it is not there."""
        mark = self._timeline_item(entity, f"#id {event}")
        found = self._timeline_item(entity, f"{sortable(mark['time']['S'])}#{event}") if "time" in mark else {}
        return json.loads(found["entry"]["S"]) if found else None

    def length(self, identity: str) -> int:
        """The number of the last record of an identity's chain, 0 if it has none."""
        return self._head(identity).seq

    def heads(self) -> dict[str, Head]:
        """The head of every chain, by its identity."""
        identities = self.identities()
        with ThreadPoolExecutor(8) as pool:
            return dict(zip(identities, pool.map(self._head, identities), strict=True))

    def chain(self, identity: str, until: int) -> Iterator[Record]:
        """The records of one identity's chain up to number `until`, in order, page by page."""
        return self.between(identity, 1, until)

    def between(self, identity: str, first: int, until: int) -> Iterator[Record]:
        """The records of one identity's chain with numbers from `first` up to `until`, in order, page by page."""
        for record in self._records(identity, first):
            if record["seq"] > until:
                return
            yield record

    def _head(self, identity: str) -> Head:
        return read_head(self._dynamodb, naming.AUDIT_TABLE, identity)

    def _records(self, identity: str, number: int) -> Iterator[Record]:
        """The records of a chain from `number` on, which can be in the middle of a segment."""
        begins = self._holding(identity, number)
        first = int(begins["first"]["N"]) if begins else 1
        segments = self._segments(identity, first, KeyConditionExpression="chain = :chain AND #first >= :number")
        return (record for item in segments for record in records_in(item) if record["seq"] >= number)

    def _holding(self, identity: str, number: int) -> dict[str, Any] | None:
        """The segment that holds the record with this number, None if the chain begins after it."""
        below = {"KeyConditionExpression": "chain = :chain AND #first <= :number", "ScanIndexForward": False}
        return next(self._segments(identity, number, Limit=1, **below), None)

    def _segments(self, identity: str, number: int, **query: Any) -> Iterator[dict[str, Any]]:
        values = {":chain": {"S": identity}, ":number": {"N": str(number)}}
        names = {"#first": "first"}
        return self._pages(
            naming.AUDIT_TABLE, ExpressionAttributeValues=values, ExpressionAttributeNames=names, **query
        )

    def _segments_of(self, correlation: str) -> list[str]:
        """The rows of the index that name the segments with records of a tree."""
        rows = self._pages(
            naming.TREES_TABLE,
            KeyConditionExpression="correlation = :correlation",
            ExpressionAttributeValues={":correlation": {"S": correlation}},
        )
        return [row["segment"]["S"] for row in rows]

    def _batch(self, rows: Sequence[str]) -> Iterator[dict[str, Any]]:
        """The segments that rows of the index name, as far as they were stored."""
        keys = [
            {"chain": {"S": identity}, "first": {"N": first}}
            for identity, _, first in (r.rpartition("#") for r in rows)
        ]
        while keys:
            asked = {naming.AUDIT_TABLE: {"Keys": keys, "ConsistentRead": True}}
            answer = self._dynamodb.batch_get_item(RequestItems=asked)
            yield from answer["Responses"].get(naming.AUDIT_TABLE, [])
            keys = answer.get("UnprocessedKeys", {}).get(naming.AUDIT_TABLE, {}).get("Keys", [])

    def _timeline_item(self, entity: str, at: str) -> dict[str, Any]:
        key = {"entity": {"S": entity}, "at": {"S": at}}
        found: dict[str, Any] = self._dynamodb.get_item(TableName=naming.TIMELINES_TABLE, Key=key).get("Item", {})
        return found

    def _growing(self, table: str, **query: Any) -> Iterator[dict[str, Any]]:
        """The items of a query whose pages grow: few are read if few are needed, and many in few requests."""
        limit, more = 1, dict[str, Any]()
        while True:
            page = self._dynamodb.query(TableName=table, ConsistentRead=True, Limit=limit, **query, **more)
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            limit, more = min(max(FEW, 2 * limit), MANY), {"ExclusiveStartKey": page["LastEvaluatedKey"]}

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
