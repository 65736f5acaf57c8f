"""Finds the events that arrived, by what they are about and what became of them, the newest first.

A row is the first event of a causal tree, or a delivery that became none. Nothing here reads a table as a whole: chains
are read backwards from their ends, and timelines from the newest entry, at most MOST_READ records a call. The `more` of
a result goes on where it ended.
"""

import heapq
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, fields
from itertools import chain, islice
from typing import Any

from functions.core.platform.times import rfc3339
from hookline.operator.account import Clients
from hookline.operator.errors import OperatorError, UnknownName
from hookline.operator.logs_reading import since
from hookline.operator.trail import Record, Trail

ROWS = 25  # of a page
MOST_READ = 5000  # records, or entries of a timeline
MOST_TREES = 100  # that are read for a page whose filter only a tree can answer
PUBLISHED = ("published", "spilled")

# An outcome, by the identities that record it and the kinds of their records; a tree has it if it has such a record.
OUTCOMES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "handled": ("agent.", ("decided",)),
    "acted": ("connector.", ("effected",)),
    "asked": ("service.reviews", ("asked",)),
    "approved": ("service.reviews", ("approved",)),
    "denied": ("connector.", ("denied",)),
    "failed": ("agent.", ("failed", "rejected")),
    "retried": ("agent.", ("retried",)),
}
# The same of deliveries that became no event.
REFUSALS: Mapping[str, tuple[str, ...]] = {
    "rejected": ("rejected",),
    "duplicate": ("duplicate",),
    "quarantined": ("kept", "doubted"),
}
NO_EVENT = [kind for kinds in REFUSALS.values() for kind in kinds]


@dataclass(frozen=True)
class Wanted:
    """What to look for; "" stands for any. `since` and `until` are RFC 3339 in UTC."""

    entity: str = ""
    type: str = ""
    source: str = ""
    since: str = ""
    until: str = ""
    outcome: str = ""


@dataclass(frozen=True)
class _Found:
    """A candidate: the record of a chain or the entry of a timeline, and where to go on after it."""

    at: str
    tree: str
    chain: str
    place: Any
    record: Record


FIELDS = tuple(field.name for field in fields(Wanted))


def wanted(given: Mapping[str, str], now: float) -> Wanted:
    """What to look for, of texts as people give them; times are 5m, 2h, 1d ago, or like 2026-11-01T12:00:00Z.

    Raises OperatorError for another time.
    """
    times = {name: rfc3339(since(given[name], now)) for name in ("since", "until") if given.get(name)}
    texts = {name: given.get(name, "") for name in FIELDS}
    return Wanted(**{**texts, **times})


def search(account: Clients, wanted: Wanted, more: str = "", rows: int = ROWS) -> dict[str, Any]:
    """The newest events that fit, ready for JSON: `events`, and `more` for the next page, None if there is no other.

    Each has its `outcomes`, the names in OUTCOMES or one of REFUSALS. `read` is how many records were read;
    `read_to` is the time back to which was read if the page is not full because MOST_READ were, None otherwise.
    Raises UnknownName for an outcome or a source that does not exist, OperatorError for a `more` of another search.
    """
    outcomes = [*OUTCOMES, *REFUSALS]
    if wanted.outcome and wanted.outcome not in outcomes:
        raise UnknownName("outcome", wanted.outcome, outcomes)
    search = _Search(account, wanted, _opened(more, wanted))
    return search.page(rows)


class _Search:
    def __init__(self, account: Clients, wanted: Wanted, after: dict[str, Any]) -> None:
        self._dynamodb = account.client("dynamodb")
        self._trail = Trail(self._dynamodb)
        self._wanted, self._after = wanted, after
        self._read = 0
        self._to = ""

    def page(self, most: int) -> dict[str, Any]:
        found: list[dict[str, Any]] = []
        seen = set(self._after.get("seen", ()))
        candidates, ended, trees = self._candidates(), False, 0
        while len(found) < most and trees < MOST_TREES and not ended:
            some = list(islice(self._new(candidates, seen), most - len(found)))
            ended = len(some) < most - len(found)
            trees += len(some)
            found += self._rows(some)
        left = not ended or self._read >= MOST_READ
        return {
            "events": found,
            "more": self._closed(seen) if left else None,
            "read": self._read,
            "read_to": self._to if left and len(found) < most else None,
        }

    def _new(self, candidates: Iterator[_Found], seen: set[str]) -> Iterator[_Found]:
        """The candidates of trees that were not seen; notes how far each chain was read."""
        for one in candidates:
            self._after[one.chain] = one.place
            self._to = one.at
            if not one.tree:
                yield one
            elif one.tree not in seen:
                seen.add(one.tree)
                yield one

    def _candidates(self) -> Iterator[_Found]:
        if self._wanted.entity and self._wanted.outcome not in REFUSALS:
            return self._of_entity()
        names = self._chains()
        with ThreadPoolExecutor(8) as pool:
            begun = pool.map(self._begun, names)
        chains = [self._of_chain(name, records) for name, records in zip(names, begun, strict=True)]
        return heapq.merge(*chains, key=lambda one: one.at, reverse=True)

    def _chains(self) -> list[str]:
        """The chains on which to look."""
        names = self._trail.identities()
        where = OUTCOMES[self._wanted.outcome][0] if self._wanted.outcome in OUTCOMES else "webhook."
        if self._wanted.source and f"webhook.{self._wanted.source}" not in names:
            known = [name.removeprefix("webhook.") for name in names if name.startswith("webhook.")]
            raise UnknownName("source with deliveries", self._wanted.source, known)
        if where == "webhook." and self._wanted.source:
            return [f"webhook.{self._wanted.source}"]
        return [name for name in names if name.startswith(where)]

    def _begun(self, name: str) -> Iterator[Record]:
        """The records of a chain, the newest first, of which the first page is read."""
        if name not in self._after and self._wanted.until:
            self._after[name] = self._trail.first_after(name, self._wanted.until)
        records = self._trail.backwards(name, self._after.get(name))
        return chain(list(islice(records, 1)), records)

    def _of_chain(self, name: str, records: Iterator[Record]) -> Iterator[_Found]:
        wanted = self._wanted
        kinds = self._kinds()
        for record in records:
            self._read += 1
            if self._read > MOST_READ or record["at"] < wanted.since:
                return
            self._to = record["at"]
            if record["kind"] in kinds and (not wanted.until or record["at"] <= wanted.until):
                tree = record["correlation"] if record["kind"] not in NO_EVENT else ""
                if wanted.outcome in OUTCOMES or self._fits(record["action"], name, record["resource"]):
                    yield _Found(record["at"], tree, name, record["seq"], record)

    def _kinds(self) -> Sequence[str]:
        if self._wanted.outcome in OUTCOMES:
            return OUTCOMES[self._wanted.outcome][1]
        return REFUSALS.get(self._wanted.outcome, PUBLISHED)

    def _of_entity(self) -> Iterator[_Found]:
        """The deliveries on the timeline of an entity."""
        wanted = self._wanted
        for at, entry in self._trail.timeline(wanted.entity, self._after.get("timeline")):
            self._read += 1
            if self._read > MOST_READ or (wanted.since and entry["time"] < wanted.since):
                return
            self._to = entry["time"]
            source = entry["source"]
            ours = source.startswith("webhook.") and self._fits(entry["type"], source, wanted.entity)
            if ours and (not wanted.until or entry["time"] <= wanted.until):
                yield _Found(entry["time"], entry["id"], "timeline", at, {})

    def _fits(self, type: str, identity: str, entity: str) -> bool:
        wanted = self._wanted
        return (
            wanted.type in ("", type)
            and wanted.source in ("", identity.removeprefix("webhook."))
            and wanted.entity in ("", entity)
        )

    def _rows(self, some: Sequence[_Found]) -> list[dict[str, Any]]:
        trees = self._trail.of_correlations([one.tree for one in some if one.tree])
        rows = []
        for one in some:
            if not one.tree:
                rows.append(_refused(one.record))
                continue
            row = _row(one.tree, trees.get(one.tree, []))
            if self._wanted.outcome and self._wanted.outcome not in row["outcomes"]:
                continue
            if self._wanted.entity or self._fits(row["type"], f"webhook.{row['source']}", row["entity"]):
                rows.append(row)
        return rows

    def _closed(self, seen: set[str]) -> str:
        """The place that was read to, as text. Of the trees seen, only what can come again."""
        again = sorted(seen)[-200:] if self._wanted.outcome in OUTCOMES else []
        text = json.dumps({"wanted": asdict(self._wanted), "after": {**self._after, "seen": again}})
        return urlsafe_b64encode(text.encode()).decode()


def _opened(more: str, wanted: Wanted) -> dict[str, Any]:
    if not more:
        return {}
    try:
        content = json.loads(urlsafe_b64decode(more.encode()))
        after = dict(content["after"])
        valid = content["wanted"] == asdict(wanted) and all(
            isinstance(place, int) or (name in ("timeline", "seen") and isinstance(place, str | list))
            for name, place in after.items()
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        valid = False
    if not valid:
        raise OperatorError("'more' is not of this search: begin again without it")
    return after


def _row(tree: str, records: Sequence[Record]) -> dict[str, Any]:
    """A tree in short, of its records."""
    of_first = sorted((one for one in records if one["event"] == tree), key=lambda one: one["kind"] not in PUBLISHED)
    found = of_first[0] if of_first else {"at": records[0]["at"] if records else "", "action": "", "resource": ""}
    return {
        "event": tree,
        "at": found["at"],
        "type": found["action"],
        "source": tree.partition(":")[0],
        "entity": found["resource"],
        "outcomes": outcomes(records),
        "reason": "",
    }


def _refused(record: Record) -> dict[str, Any]:
    """A delivery that became no event."""
    outcome = next(name for name, kinds in REFUSALS.items() if record["kind"] in kinds)
    return {
        "event": record["event"],
        "at": record["at"],
        "type": record["action"],
        "source": record["identity"].removeprefix("webhook."),
        "entity": record["resource"],
        "outcomes": [outcome],
        "reason": ": ".join(filter(None, [record["decision"], record["reason"]])),
    }


def outcomes(records: Sequence[Mapping[str, Any]]) -> list[str]:
    """What became of a tree, by its records: names in OUTCOMES, in their order. Pure."""
    return [
        name
        for name, (where, kinds) in OUTCOMES.items()
        if any(one["identity"].startswith(where) and one["kind"] in kinds for one in records)
    ]
