"""Compares the effect ledger with the audit trail: each effect in one must be in the other. Pure.

A record has its ledger key in digests["effect"]. All records are read before the ledger: an effect that completes in
between is in the ledger, and so recent that its record can still be in the queue.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from functions.core.gate.ledger import KEEP_SECONDS

# A record is sent in the invocation of the effect, right after it, and appended within seconds.
ON_ITS_WAY_SECONDS = 60
# While the audit queue holds messages, the record can be among them; an older message raises the queue's alarm.
BEHIND_SECONDS = 3600


@dataclass(frozen=True)
class Entry:
    """An effect in the ledger; `finished` is when it completed, `lease` when its claim ends (unix seconds)."""

    key: str
    what: str
    done: bool
    finished: float
    lease: float


@dataclass(frozen=True)
class Queue:
    """The numbers of records in the audit queue, and in its dead-letter queue."""

    waiting: int = 0
    dead: int = 0


@dataclass
class Reconciled:
    """The number of effects that match, and the others with a reason each."""

    matched: int = 0
    pending: list[str] = field(default_factory=list)
    explained: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)


def reconcile(records: Iterable[Mapping[str, Any]], ledger: Iterable[Entry], queue: Queue, now: float) -> Reconciled:
    """Match the records of all connectors with the entries of the ledger."""
    said: dict[str, dict[str, Mapping[str, Any]]] = {"attempted": {}, "effected": {}, "repeated": {}}
    result = Reconciled()
    for record in records:
        if record["kind"] not in said:
            continue
        key = record["digests"].get("effect")
        if key:
            said[record["kind"]][key] = record
        elif record["kind"] == "effected":
            result.unexplained.append(f"{_place(record)} names no effect of the ledger")
    entries = {entry.key: entry for entry in ledger}
    for entry in entries.values():
        _judge(entry, said, queue, now, result)
    for key in said["effected"].keys() - entries.keys():
        record = said["effected"][key]
        if datetime.fromisoformat(record["at"]).timestamp() + KEEP_SECONDS < now:
            days = KEEP_SECONDS // 86400
            result.explained.append(f"{_place(record)}: the ledger deleted it after {days} days")
        else:
            result.unexplained.append(f"{_place(record)}: effect {key} is not in the ledger")
    return result


def _judge(entry: Entry, said: Mapping[str, Mapping[str, Any]], queue: Queue, now: float, result: Reconciled) -> None:
    about = f"{entry.what} ({entry.key[:12]}…)"
    if entry.key in said["effected"]:
        if entry.done:
            result.matched += 1
        else:
            result.unexplained.append(f"{about}: effected on record, not completed in the ledger")
    elif not entry.done:
        if entry.lease > now:
            result.pending.append(f"{about}: in progress")
        elif entry.key in said["attempted"]:
            result.pending.append(f"{about}: attempted, outcome unknown until the next try")
        else:
            result.explained.append(f"{about}: claimed and never attempted")
    elif entry.key in said["repeated"]:
        result.explained.append(f"{about}: its connector stopped before the record; a later call found it completed")
    elif queue.dead:
        result.pending.append(
            f"{about}: its record may be in the audit queue's dead-letter queue ({queue.dead} messages)"
        )
    elif now - entry.finished < (BEHIND_SECONDS if queue.waiting else ON_ITS_WAY_SECONDS):
        result.pending.append(f"{about}: its record may still be in the audit queue")
    else:
        result.unexplained.append(f"{about}: completed in the ledger, not effected on record")


def _place(record: Mapping[str, Any]) -> str:
    return f"{record['identity']} record {record['seq']} ({record['action']} on {record['resource']})"
