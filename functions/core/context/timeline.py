"""Timelines: the events of each entity and their aggregates, in one DynamoDB table.

An entity's key holds one item per event (`time#id`), one mark per event id (`#id`), one item per thing with a running
total (`#total`), and one item of aggregates. The context service writes, the context connector reads.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from functions.core.context.sums import Sum, Total, newer, sums_of
from functions.core.events.domain_event import Measure
from functions.core.events.event import Event
from functions.core.platform.canonical import compact
from functions.core.platform.cut_texts import cut_values
from functions.core.platform.dynamodb import CONDITION_FAILED, conditional_write, transact
from functions.core.platform.errors import RetryableError
from functions.core.platform.times import sortable

AGGREGATES = "#aggregates"
NO_TIME = "#~"  # marks and aggregates sort before it, entries after it
KEEP_SECONDS = 400 * 24 * 3600
# What outsiders can grow: the values of a facet in one item, which holds 400 KB, and the data of one entry.
MOST_SEEN = 500
LARGEST_ENTRY = 350_000  # bytes of UTF-8; the keys and the rest of the item take up to 5,000
# A connector's answer is at most 6 MB, and a read must end in time.
MOST_ANSWERED = 4_000_000  # bytes
PAGE, MOST_PAGES = 200, 50  # entries of a page, and pages


@dataclass(frozen=True)
class Entry:
    """One event of an entity: when it happened, and its typed data without the raw event."""

    id: str
    type: str
    source: str
    time: str
    data: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, event: Event) -> "Entry":
        """The entry of `event`, the same for each of its entities."""
        return cls(event.id, event.type, event.source, event.time, event.data)


class Timelines:
    """The timelines in the table `table`."""

    def __init__(self, dynamodb: Any, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def add(
        self,
        entity: str,
        entry: Entry,
        measures: Mapping[str, Measure],
        facets: Sequence[str],
        now: float,
        named: Collection[str] = (),
    ) -> bool:
        """Add `entry` to the timeline of `entity` and to its aggregates, once; returns False if it is there already.

        A measure changes its sum as it declares, a facet's value is added to the set of values seen. `named` are the
        entities that a source's event named together with this one, which links lead to. Raises RetryableError if
        another write got in between.
        """
        expires = {"N": str(int(now) + KEEP_SECONDS)}
        # The id alone, because a second copy of an event may have another time.
        key = {"entity": {"S": entity}, "at": {"S": f"#id {entry.id}"}}
        mark = {**key, "time": {"S": entry.time}, "expires": expires}
        once = {"TableName": self._table, "Item": mark, "ConditionExpression": "attribute_not_exists(entity)"}
        sums, totals = self._sums(entity, entry, measures)
        puts = [{"Put": once}, *totals]
        aggregate = self._aggregate(entity, entry, sums, facets)
        cancelled = transact(self._dynamodb, [*puts, {"Update": aggregate}])
        if cancelled and cancelled.reasons[0] != CONDITION_FAILED and cancelled.reasons[-1] == CONDITION_FAILED:
            full = self._full(entity, facets)
            aggregate = self._aggregate(entity, entry, sums, facets, full)
            cancelled = transact(self._dynamodb, [*puts, {"Update": aggregate}])
        if cancelled and cancelled.reasons[0] != CONDITION_FAILED:
            raise RetryableError(f"a timeline was not written: {', '.join(cancelled.reasons)}")
        # Outside the transaction, in which a write costs twice. A writer that dies here is followed by the next try,
        # which finds the mark and puts the entry under the mark's time.
        if cancelled:
            marked = self._dynamodb.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item", {})
            if "time" not in marked:  # of an older version, which wrote both together, or expired
                return False
            entry = replace(entry, time=marked["time"]["S"])
        self._put(entity, entry, expires, named)
        return cancelled is None

    def _put(self, entity: str, entry: Entry, expires: Mapping[str, str], named: Collection[str]) -> None:
        """Put the entry, unless it is there."""
        conditional_write(
            self._dynamodb.put_item,
            TableName=self._table,
            Item={
                "entity": {"S": entity},
                "at": {"S": f"{sortable(entry.time)}#{entry.id}"},
                "type": {"S": entry.type},
                "entry": {"S": _stored(entry)},
                **({"named": {"SS": sorted(named)}} if named else {}),
                "expires": expires,
            },
            ConditionExpression="attribute_not_exists(entity)",
        )

    def _sums(
        self, entity: str, entry: Entry, measures: Mapping[str, Measure]
    ) -> tuple[dict[str, int], list[dict[str, Any]]]:
        """What the entry adds to each sum, and the writes of the running totals that it replaces."""
        added: dict[str, int] = {}
        writes = []
        for one in sums_of(entry.type, entry.data, measures):
            if one.thing is None:
                added[one.name] = one.value
                continue
            held = self._total(entity, one)
            total = Total(sortable(entry.time), one.value)
            if newer(total, held):
                added[one.name] = one.value - (held.value if held else 0)
                writes.append({"Put": self._replacing(entity, one, held, total)})
        return added, writes

    def _total(self, entity: str, one: Sum) -> Total | None:
        key = {"entity": {"S": entity}, "at": {"S": one.key}}
        item = self._dynamodb.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")
        return Total(item["when"]["S"], int(item["total"]["N"])) if item else None

    def _replacing(self, entity: str, one: Sum, held: Total | None, total: Total) -> dict[str, Any]:
        """The write of a running total, whose condition fails if another one replaced the one that is held."""
        item = {"entity": {"S": entity}, "at": {"S": one.key}, "when": {"S": total.when}}
        put = {"TableName": self._table, "Item": {**item, "total": {"N": str(total.value)}}}
        if held is None:
            return {**put, "ConditionExpression": "attribute_not_exists(entity)"}
        return {
            **put,
            "ConditionExpression": "#when = :when AND #total = :total",
            "ExpressionAttributeNames": {"#when": "when", "#total": "total"},
            "ExpressionAttributeValues": {":when": {"S": held.when}, ":total": {"N": str(held.value)}},
        }

    def _full(self, entity: str, facets: Sequence[str]) -> frozenset[str]:
        """The facets whose sets hold all the values that they may."""
        seen = self._aggregates(entity)
        return frozenset(name for name in facets if len(seen.get(f"seen {name}", {}).get("SS", ())) >= MOST_SEEN)

    def _aggregates(self, entity: str) -> dict[str, Any]:
        key = {"entity": {"S": entity}, "at": {"S": AGGREGATES}}
        found = self._dynamodb.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        item: dict[str, Any] = found.get("Item", {})
        return item

    def _aggregate(
        self,
        entity: str,
        entry: Entry,
        sums: Mapping[str, int],
        facets: Sequence[str],
        full: frozenset[str] = frozenset(),
    ) -> dict[str, Any]:
        """The update of the aggregates, whose condition fails if the set of a facet that is not in `full` is full."""
        numbers = {f"count {entry.type}": 1, **sums}
        numbers |= {f"more {name}": 1 for name in full if entry.data.get(name)}
        seen = {f"seen {name}": entry.data[name] for name in facets if entry.data.get(name) and name not in full}
        attributes = {**numbers, **seen}
        names: dict[str, str] = {}
        values: dict[str, Any] = {}
        conditions = []
        for n, (name, value) in enumerate(attributes.items()):
            names[f"#a{n}"] = name
            values[f":a{n}"] = {"N": str(value)} if name in numbers else {"SS": [value]}
            if name in seen:
                values[f":one{n}"] = {"S": value}
                conditions.append(f"(attribute_not_exists(#a{n}) OR contains(#a{n}, :one{n}) OR size(#a{n}) < :most)")
        if conditions:
            values[":most"] = {"N": str(MOST_SEEN)}
        adds = ", ".join(f"#a{n} :a{n}" for n in range(len(attributes)))
        return {
            "TableName": self._table,
            "Key": {"entity": {"S": entity}, "at": {"S": AGGREGATES}},
            "UpdateExpression": f"ADD {adds}",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
            **({"ConditionExpression": " AND ".join(conditions)} if conditions else {}),
        }

    def read(self, entity: str, limit: int, type: str | None = None) -> dict[str, Any]:
        """{"entries": the last `limit`, newest first, "complete": …, "aggregates": {"count …", "sum …", "seen …"}}.

        A sum of money is one for each currency: "sum payment.succeeded amount usd". "unsummed …" counts the amounts of
        currencies that are not known.

        With a `type`, only entries of that detail type. `complete` is false if there may be more entries that were left
        out because the answer would be too large, or because too many others lie between them. "more …" counts the
        values of a facet that came after its set was full.
        """
        entries: list[Any] = []
        size, complete = 0, True
        for item in self._newest(entity, type):
            size += len(item["entry"]["S"].encode()) if item else 0
            if item is None or size > MOST_ANSWERED:
                complete = False
                break
            entries.append(json.loads(item["entry"]["S"]))
            if len(entries) == limit:
                break
        aggregates = {name: _plain(value) for name, value in self._aggregates(entity).items() if " " in name}
        return {"entries": entries, "complete": complete, "aggregates": aggregates}

    def _newest(self, entity: str, type: str | None) -> Iterator[dict[str, Any] | None]:
        """The entries, newest first; at the end None if more pages were not read."""
        only = {
            "FilterExpression": "#type = :type",
            "ExpressionAttributeNames": {"#at": "at", "#type": "type"},
        }
        values = {":entity": {"S": entity}, ":no_time": {"S": NO_TIME}}
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="entity = :entity AND #at > :no_time",
            ScanIndexForward=False,
            ConsistentRead=True,
            **(only if type else {"ExpressionAttributeNames": {"#at": "at"}}),
            ExpressionAttributeValues=values | ({":type": {"S": type}} if type else {}),
            PaginationConfig={"PageSize": PAGE},
        )
        for number, page in enumerate(pages, start=1):
            yield from page["Items"]
            if number == MOST_PAGES and "LastEvaluatedKey" in page:
                yield None
                return


def _stored(entry: Entry) -> str:
    """The entry as JSON. The texts of data over the limit are cut, and `left_out` says so; if need be, all is left out.

    What aggregates and reports read of it (numbers, words, ids) stays whole.
    """
    text = compact(entry.__dict__)
    if len(text.encode()) <= LARGEST_ENTRY:
        return text
    for most, data in cut_values(entry.data):
        left_out = f"the end of each text over {most} bytes"
        text = compact({**entry.__dict__, "data": data, "left_out": left_out})
        if len(text.encode()) <= LARGEST_ENTRY:
            return text
    left_out = f"the data, which is larger than {LARGEST_ENTRY} bytes"
    return compact({**entry.__dict__, "data": {}, "left_out": left_out})


def _plain(value: Mapping[str, Any]) -> Any:
    return sorted(value["SS"]) if "SS" in value else int(value["N"])
