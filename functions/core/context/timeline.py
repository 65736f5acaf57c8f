"""Timelines: the events of each entity and their aggregates, in one DynamoDB table.

An entity's key holds one item per event (`time#id`), one mark per event id (`#id`), and one item of aggregates. The
context service writes, the context connector reads.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from functions.core.events.event import Event
from functions.core.platform.dynamodb import CONDITION_FAILED, transact
from functions.core.platform.errors import RetryableError
from functions.core.platform.times import sortable

AGGREGATES = "#aggregates"
NO_TIME = "#~"  # marks and aggregates sort before it, entries after it
KEEP_SECONDS = 400 * 24 * 3600


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

    def add(self, entity: str, entry: Entry, measures: Sequence[str], facets: Sequence[str], now: float) -> bool:
        """Add `entry` to the timeline of `entity` and to its aggregates, once; returns False if it is there already.

        A measure's value is added to its sum, a facet's value to the set of values seen. Raises RetryableError if
        another write got in between.
        """
        item = {
            "entity": {"S": entity},
            "at": {"S": f"{sortable(entry.time)}#{entry.id}"},
            "type": {"S": entry.type},
            "entry": {"S": json.dumps(entry.__dict__, ensure_ascii=False)},
            "expires": {"N": str(int(now) + KEEP_SECONDS)},
        }
        # The id alone, because a second copy of an event may have another time.
        mark = {"entity": {"S": entity}, "at": {"S": f"#id {entry.id}"}, "expires": item["expires"]}
        once = {"TableName": self._table, "Item": mark, "ConditionExpression": "attribute_not_exists(entity)"}
        entry_once = [
            {"Put": once},
            {"Put": {"TableName": self._table, "Item": item}},
            {"Update": self._aggregate(entity, entry, measures, facets)},
        ]
        cancelled = transact(self._dynamodb, entry_once)
        if cancelled and cancelled.reasons[0] != CONDITION_FAILED:
            raise RetryableError(f"a timeline was not written: {', '.join(cancelled.reasons)}")
        return cancelled is None

    def _aggregate(self, entity: str, entry: Entry, measures: Sequence[str], facets: Sequence[str]) -> dict[str, Any]:
        numbers = {f"count {entry.type}": 1}
        numbers |= {f"sum {entry.type} {name}": entry.data[name] for name in measures}
        seen = {f"seen {name}": entry.data[name] for name in facets if entry.data.get(name)}
        attributes = {**numbers, **seen}
        names = {f"#a{position}": name for position, name in enumerate(attributes)}
        values = {
            f":a{position}": {"N": str(value)} if name in numbers else {"SS": [value]}
            for position, (name, value) in enumerate(attributes.items())
        }
        return {
            "TableName": self._table,
            "Key": {"entity": {"S": entity}, "at": {"S": AGGREGATES}},
            "UpdateExpression": "ADD " + ", ".join(f"#a{n} :a{n}" for n in range(len(attributes))),
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
        }

    def read(self, entity: str, limit: int, type: str | None = None) -> dict[str, Any]:
        """{"entries": the last `limit`, newest first, "aggregates": {"count …", "sum …", "seen …"}}.

        With a `type`, only entries of that detail type, however many others are between them.
        """
        key = {"entity": {"S": entity}, "at": {"S": AGGREGATES}}
        item = self._dynamodb.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item", {})
        return {
            "entries": [json.loads(entry["entry"]["S"]) for entry in islice(self._newest(entity, type), limit)],
            "aggregates": {name: _plain(value) for name, value in item.items() if " " in name},
        }

    def _newest(self, entity: str, type: str | None) -> Iterator[dict[str, Any]]:
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
            PaginationConfig={"PageSize": 200},
        )
        for page in pages:
            yield from page["Items"]


def _plain(value: Mapping[str, Any]) -> Any:
    return sorted(value["SS"]) if "SS" in value else int(value["N"])
