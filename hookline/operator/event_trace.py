"""One event's causal tree as data: every step of every identity, in causal order, and what the event said."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from hookline.operator.account import Clients
from hookline.operator.audit.causation import steps
from hookline.operator.audit.root import MOST_READ, root
from hookline.operator.audit.tree import DEEPEST, whole
from hookline.operator.audit.words import Record, sentence
from hookline.operator.errors import UnknownName
from hookline.operator.event_search import outcomes
from hookline.operator.trail import Trail

MOST_STEPS = 2000  # of a tree that are given; a tree grows as long as agents answer agents
MOST_PAYLOADS = 20  # events of a tree whose data is looked up
MOST_LISTED = 50
FAILED = ("failed", "rejected", "denied", "unrecorded")
NOT_GIVEN = ("prev", "hash", "seq", "id")


class NoRecord(UnknownName):
    """The trail has no record of an event."""

    def __init__(self, event: str) -> None:
        Exception.__init__(
            self,
            f"there is no record of {event}; an id is one like stripe:evt_1, and that of an event which an agent "
            f"published is found in the agent's newest {MOST_READ:,} records; new records appear after a few seconds",
        )


def root_of(trail: Trail, event: str) -> str:
    """The id of the first event of the tree that has `event`. Raises NoRecord."""
    if not (found := root(trail, event)):
        raise NoRecord(event)
    return found


def trace(account: Clients, event: str) -> dict[str, Any]:
    """The causal tree that has `event`, ready for JSON.

    `event` is the id of its first event, `asked` the given one. `steps` are in causal order: each has its depth, the
    milliseconds since the first record, the sentence of its record, and the record's own fields; `record` is None for a
    publication that is not on record. `left_out` counts the steps after MOST_STEPS. `events` has the data of the events
    that a timeline holds, by id: the typed fields, not what the provider sent. `reviews` are the ids of the reviews in
    the tree, `received` the agents that received an event of it, and `failures` what failed or was denied; of each, at
    most MOST_LISTED. Raises NoRecord.
    """
    trail = Trail(account.client("dynamodb"))
    correlation = root_of(trail, event)
    records = whole(trail, correlation)
    if not records:
        raise NoRecord(event)
    start = min(_seconds(record) for record in records)
    found = list(steps(correlation, records))
    return {
        "event": correlation,
        "asked": event if any(one["event"] == event for one in records) else correlation,
        "began": min(record["at"] for record in records),
        "took_ms": round((max(map(_seconds, records)) - start) * 1000, 1),
        "outcomes": outcomes(records),
        "entities": list(dict.fromkeys(one["resource"] for one in records if one["event"] == correlation)),
        "reviews": _reviews(records),
        "received": _received(records)[:MOST_LISTED],
        "failures": [_failure(one) for one in records if one["kind"] in FAILED][:MOST_LISTED],
        "steps": [
            {
                "depth": min(step.depth, DEEPEST),
                "event": step.event,
                "after_ms": round((_seconds(step.record) - start) * 1000, 1) if step.record else None,
                "identity": step.record["identity"] if step.record else "",
                "kind": step.record["kind"] if step.record else "",
                "says": sentence(step.record).plain if step.record else "publication not on record",
                "record": _shown(step.record) if step.record else None,
            }
            for step in found[:MOST_STEPS]
        ],
        "left_out": max(len(found) - MOST_STEPS, 0),
        "events": _payloads(trail, records),
    }


def _payloads(trail: Trail, records: Sequence[Record]) -> dict[str, Any]:
    """The data of the tree's events that were put on a timeline, by id."""
    places: dict[str, str] = {}
    for one in records:  # the first record about an event is its publication, which names its subject
        if one["event"] and "/" in one["resource"]:
            places.setdefault(one["event"], one["resource"])
    found = {}
    for event, entity in list(places.items())[:MOST_PAYLOADS]:
        if entry := trail.entry(entity, event):
            found[event] = entry
    return found


def _reviews(records: Sequence[Record]) -> list[str]:
    asked = (one for one in records if (one["identity"], one["kind"]) == ("service.reviews", "asked"))
    return list(dict.fromkeys(one["resource"].removeprefix("review/") for one in asked))


def _received(records: Sequence[Record]) -> list[dict[str, str]]:
    """Each agent with each event that it received."""
    found = ((one["identity"].removeprefix("agent."), one["event"]) for one in records if _is_received(one))
    return [{"agent": agent, "event": event} for agent, event in dict.fromkeys(found)]


def _is_received(record: Record) -> bool:
    return record["kind"] == "received" and record["identity"].startswith("agent.")


def _failure(record: Record) -> dict[str, str]:
    return {name: str(record.get(name, "")) for name in ("at", "identity", "kind", "decision", "reason", "event")}


def _shown(record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if value and name not in NOT_GIVEN}


def _seconds(record: Mapping[str, Any]) -> float:
    return datetime.fromisoformat(record["at"]).timestamp()
