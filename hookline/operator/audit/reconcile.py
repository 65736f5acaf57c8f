"""Holds the effect ledger against the audit trail: whatever happened is on record, and whatever is on record happened.

Pure. A record names its ledger key in digests["effect"]. The records are read to their end before the ledger is: then
an effect that ends in between is done in the ledger, and so recent that its record may still be on its way.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from functions.core.gate.ledger import KEEP_SECONDS

# A record is sent in the invocation that had the effect, right after it, and appended within moments.
ON_ITS_WAY_SECONDS = 60
# As long as the audit queue holds messages, theirs may be among them; a queue that is older has its alarm.
BEHIND_SECONDS = 3600


@dataclass(frozen=True)
class Entry:
    """An effect in the ledger; `finished` is when it was done, `lease` when its claim ends (unix seconds)."""

    key: str
    what: str
    done: bool
    finished: float
    lease: float


@dataclass(frozen=True)
class Queue:
    """How many records still wait: in the audit queue, and among its dead letters."""

    waiting: int = 0
    dead: int = 0


@dataclass
class Reconciled:
    """How many effects match, which are pending and which nothing explains, each with its reason."""

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
            result.explained.append(f"{_place(record)}: the ledger has forgotten it, after {days} days")
        else:
            result.unexplained.append(f"{_place(record)}: effect {key} is not in the ledger")
    return result


def _judge(entry: Entry, said: Mapping[str, Mapping[str, Any]], queue: Queue, now: float, result: Reconciled) -> None:
    about = f"{entry.what} ({entry.key[:12]}…)"
    if entry.key in said["effected"]:
        if entry.done:
            result.matched += 1
        else:
            result.unexplained.append(f"{about}: effected on record, not done in the ledger")
    elif not entry.done:
        if entry.lease > now:
            result.pending.append(f"{about}: under way")
        elif entry.key in said["attempted"]:
            result.pending.append(f"{about}: attempted, and nobody knows its outcome; the next try finds out")
        else:
            result.explained.append(f"{about}: claimed and never attempted")
    elif entry.key in said["repeated"]:
        result.explained.append(f"{about}: its connector ended before it could tell; a later call found it done")
    elif queue.dead:
        result.pending.append(f"{about}: its record may be among the {queue.dead} dead letters of the audit queue")
    elif now - entry.finished < (BEHIND_SECONDS if queue.waiting else ON_ITS_WAY_SECONDS):
        result.pending.append(f"{about}: its record may be on its way")
    else:
        result.unexplained.append(f"{about}: done in the ledger, not on record as effected")


def _place(record: Mapping[str, Any]) -> str:
    return f"{record['identity']} record {record['seq']} ({record['action']} on {record['resource']})"
