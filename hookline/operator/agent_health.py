"""An agent's health: from the last records of its chain and the counts of its queues.

Each agent costs a few reads, however long its chain is: its last records are read by their number, never the table.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from hookline.operator import tails
from hookline.operator.account import Clients
from hookline.operator.trail import Record, Trail, once

SHORT = ("at", "event", "action", "resource", "decision", "reason")
# The records that end a try of an event.
ENDS = ("decided", "failed")


def health(account: Clients, name: str, waiting: int, dead: int) -> dict[str, Any]:
    """The health of a deployed agent, ready for JSON; times are RFC 3339 in UTC.

    Events are counted among the last tails.LATEST records, about four of each event, which begin at `since`, None if
    there are none. `handled` have a decision; `failing` have had none since their last error, the first of them at
    `failing_since`. `waiting` messages and `dead` letters are counted by the caller.
    """
    records = tails.latest(Trail(account.client("dynamodb")), f"agent.{name}")
    return {"waiting": waiting, "dead_letters": dead, **of_records(records)}


def of_records(records: Sequence[Record]) -> dict[str, Any]:
    """The part of the health that is on an agent's chain; `records` are consecutive, the newest last. Pure."""
    found = list(once(records))
    ends = {record["event"]: record for record in found if record["kind"] in ENDS}  # the last of each event
    failing = [record for record in ends.values() if record["kind"] == "failed"]
    errors = [record for record in found if record["kind"] in ("failed", "rejected")]
    return {
        "handled": sum(record["kind"] == "decided" for record in ends.values()),
        "failing": len(failing),
        "failing_since": _first_error(found, {record["event"] for record in failing}),
        "last_decision": _last(record for record in found if record["kind"] == "decided"),
        "last_error": _last(errors),
        "since": found[0]["at"] if found else None,
    }


def _first_error(records: Sequence[Mapping[str, Any]], failing: set[str]) -> str | None:
    """When the first error of the failing events was that no decision followed."""
    since: dict[str, str] = {}
    for record in records:
        if record["event"] not in failing:
            continue
        if record["kind"] == "decided":
            since.pop(record["event"], None)
        elif record["kind"] == "failed":
            since.setdefault(record["event"], record["at"])
    return min(since.values(), default=None)


def _last(records: Iterable[Mapping[str, Any]]) -> dict[str, str] | None:
    """The last record in short; None if there is none."""
    last = next(iter(deque(records, maxlen=1)), None)
    return {name: last.get(name, "") for name in SHORT} if last else None
