"""Counts what a request to AWS is billed for, and notes which identity made it, for which purpose."""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from functions.core.platform.identities import PREFIX
from hookline.operator.cost.units import item_size, read_units, write_units
from hookline.operator.errors import OperatorError

CHUNK = 64 * 1024  # bytes of a billed request to SQS, and of an event
PURPOSES = {  # by the name of a table, queue or function without the prefix; the longest beginning counts
    "audit": "audit",
    "recorder": "audit",
    "timelines": "timelines",
    "context": "timelines",
    "deliveries": "receiving",
    "verifier": "receiving",
    "agent": "agents",
    "connector": "connectors",
    "records": "records",
}


def purpose(name: str) -> str:
    """What a table, a queue or a function is for."""
    plain = name.removeprefix(f"{PREFIX}-")
    if plain.endswith("-idempotency"):
        return "idempotency"
    found = [start for start in PURPOSES if plain.startswith(start)]
    return PURPOSES[max(found, key=len)] if found else plain


# By unit, identity and purpose; a unit is a name in prices.json.
Amounts = Mapping[tuple[str, str, str], float]


@dataclass
class Meter:
    """Adds up what is used."""

    amounts: dict[tuple[str, str, str], float] = field(default_factory=dict)

    def count(self, unit: str, who: str, about: str, amount: float = 1) -> None:
        """Add `amount` of `unit`, which `who`, a function or a service, used for the resource `about`."""
        key = unit, who, purpose(about)
        self.amounts[key] = self.amounts.get(key, 0) + amount

    def taken(self) -> Amounts:
        """The amounts so far; the meter starts again from zero."""
        so_far, self.amounts = self.amounts, {}
        return so_far

    def message(self, who: str, queue: str, size: int, grouped: bool) -> None:
        """A request to SQS with `size` bytes of messages."""
        kind = "fifo" if queue.endswith(".fifo") else "fair" if grouped else "standard"
        self.count(f"sqs.{kind}", who, queue, max(1, math.ceil(size / CHUNK)))

    def events(self, who: str, about: str, size: int) -> None:
        """An event of `size` bytes."""
        self.count("eventbridge.event", who, about, max(1, math.ceil(size / CHUNK)))


class MeteredDynamoDB:
    """A client of DynamoDB for the function `who`, whose requests are counted in `meter`.

    It reads each item before and after a write with the client itself, because DynamoDB counts by both.
    """

    def __init__(self, client: Any, tables: Mapping[str, Mapping[str, Any]], meter: Meter, who: str) -> None:
        self._client = client
        self._tables = tables
        self._meter = meter
        self._who = who

    def __getattr__(self, method: str) -> Callable[..., Any]:
        call: Callable[..., Any] = getattr(self._client, method)
        metered = {
            "put_item": self._write,
            "update_item": self._write,
            "delete_item": self._write,
            "transact_write_items": self._transact,
            "batch_write_item": self._batch,
            "get_item": self._get,
            "query": self._query,
        }.get(method)
        if metered is None:
            raise OperatorError(f"the cost of dynamodb {method} is not counted: add its rule to {__name__}")
        return lambda **request: metered(call, request)

    def _key(self, table: str, write: Mapping[str, Any]) -> dict[str, Any]:
        names = [key["AttributeName"] for key in self._tables[table]["KeySchema"]]
        given = write.get("Key") or write["Item"]
        return {name: given[name] for name in names}

    def _item(self, table: str, key: Mapping[str, Any]) -> dict[str, Any]:
        item: dict[str, Any] = self._client.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item", {})
        return item

    def _metered(self, writes: list[tuple[str, Mapping[str, Any]]], call: Callable[[], Any], times: int) -> Any:
        places = [(table, self._key(table, write)) for table, write in writes]
        before = [self._item(*place) for place in places]
        try:
            return call()
        finally:
            for (table, key), old in zip(places, before, strict=True):
                indexes = self._tables[table].get("GlobalSecondaryIndexes", ())
                units = times * write_units(old, self._item(table, key), indexes)
                self._meter.count("dynamodb.write", self._who, table, units)

    def _write(self, call: Callable[..., Any], request: Mapping[str, Any]) -> Any:
        return self._metered([(request["TableName"], request)], lambda: call(**request), 1)

    def _transact(self, call: Callable[..., Any], request: Mapping[str, Any]) -> Any:
        """Each write of a transaction counts twice. Its share of an index does too, which AWS does not document."""
        writes = [(write["TableName"], write) for action in request["TransactItems"] for write in action.values()]
        return self._metered(writes, lambda: call(**request), 2)

    def _batch(self, call: Callable[..., Any], request: Mapping[str, Any]) -> Any:
        asked = request["RequestItems"]
        writes = [(table, write) for table, some in asked.items() for one in some for write in one.values()]
        return self._metered(writes, lambda: call(**request), 1)

    def _get(self, call: Callable[..., Any], request: Mapping[str, Any]) -> Any:
        answer = call(**request)
        self._count_read(request, [answer.get("Item", {})])
        return answer

    def _query(self, call: Callable[..., Any], request: Mapping[str, Any]) -> Any:
        answer = call(**request)
        self._count_read(request, answer["Items"])
        return answer

    def _count_read(self, request: Mapping[str, Any], items: list[dict[str, Any]]) -> None:
        """Count a read that returned `items`. What a filter or a projection left out is not seen."""
        units = read_units(sum(map(item_size, items)), request.get("ConsistentRead", False))
        self._meter.count("dynamodb.read", self._who, request["TableName"], units)


class MeteredBus:
    """A client of EventBridge."""

    def __init__(self, bus: Any, meter: Meter, who: str) -> None:
        self._bus = bus
        self._meter = meter
        self._who = who

    def put_events(self, Entries: Any) -> Any:
        """Count each entry by its size."""
        for entry in Entries:
            self._meter.events(self._who, self._who, len(json.dumps(entry).encode()))
        return self._bus.put_events(Entries=Entries)


class MeteredS3:
    """A client of S3 that stores nothing: what it is given counts, whatever its size."""

    def __init__(self, meter: Meter, who: str) -> None:
        self._meter = meter
        self._who = who

    def put_object(self, Bucket: str, **_: Any) -> dict[str, Any]:
        """https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html"""
        self._meter.count("s3.put", self._who, Bucket)
        return {}


class MeteredSqs:
    """A client of SQS."""

    def __init__(self, sqs: Any, meter: Meter, who: str) -> None:
        self._sqs = sqs
        self._meter = meter
        self._who = who

    def __getattr__(self, method: str) -> Callable[..., Any]:
        call: Callable[..., Any] = getattr(self._sqs, method)

        def metered(**request: Any) -> Any:
            queue = request["QueueUrl"].rpartition("/")[2]
            size = len(request.get("MessageBody", "").encode())
            self._meter.message(self._who, queue, size, "MessageGroupId" in request)
            return call(**request)

        return metered
