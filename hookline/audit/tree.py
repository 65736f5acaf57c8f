"""Draws the causal tree of an event: every step of everybody who handled it or what came of it."""

from collections.abc import Container, Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.text import Text
from rich.tree import Tree

from functions.core.reviews import SOURCE

COLOURS = {"denied": "red", "failed": "red", "rejected": "red", "effected": "magenta", "decided": "bold"}
TOLD = ("id", "at", "identity", "kind", "event", "correlation", "action", "resource", "decision", "reason", "policies")
NOT_SHOWN = {*TOLD, "digests", "seq", "prev", "hash"}

REVIEW_DESK = "service.review_desk"
DECISIONS = ("approved", "denied", "expired")

Record = Mapping[str, Any]


def tree(correlation: str, records: Sequence[Record]) -> Tree:
    """The tree of `correlation`; `records` are all of it, at least one, in the order of their times."""
    drawn = _Drawing(records)
    root = Tree(Text.assemble((printable(correlation), "bold"), f"  from {records[0]['at']}"), guide_style="dim")
    for event in drawn.roots(correlation):
        drawn.hang(root, event)
    return root


def printable(text: str) -> str:
    """Text that others may have written, without what a terminal would obey."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


class _Drawing:
    def __init__(self, records: Sequence[Record]) -> None:
        self._start = _seconds(records[0])
        self._of: dict[str, list[Record]] = {}
        for record in records:
            self._of.setdefault(record["event"], []).append(record)
        came_of: dict[str, str] = {}
        for record in records:
            if child := self._child(record, came_of):
                came_of[child] = record["id"]
        self._children = {step: child for child, step in came_of.items()}

    def roots(self, correlation: str) -> list[str]:
        """The first event, and those of which no record here says where they came from."""
        orphans = self._of.keys() - set(self._children.values()) - {correlation}
        return [*([correlation] if correlation in self._of else []), *sorted(orphans)]

    def _child(self, record: Record, taken: Container[str]) -> str | None:
        """The event that a record says was published: its id is source, type and cause, and its number from 2 on."""
        if record["identity"] == REVIEW_DESK and record["kind"] in DECISIONS:
            # Where two people must agree each approval is on record; the last one led to the event.
            id = f"{SOURCE}:review.{record['kind']}:{record['event']}"
            return id if id in self._of else None
        if record["kind"] != "published":
            return None
        publisher = SOURCE if record["identity"] == REVIEW_DESK else record["identity"]
        base = ":".join((publisher, record["action"], record["event"]))
        numbered = (base if number == 1 else f"{base}:{number}" for number in range(1, len(self._of) + 1))
        return next((id for id in numbered if id in self._of and id not in taken), None)

    def hang(self, branch: Tree, event: str) -> None:
        for record in self._of[event]:
            step = branch.add(self._step(record))
            if record["id"] in self._children:
                self.hang(step, self._children[record["id"]])

    def _step(self, record: Record) -> Text:
        after = (_seconds(record) - self._start) * 1000
        told = Text(f"{after:>8,.0f} ms  ", style="dim", overflow="fold")
        told.append(f"{printable(record['identity'])}  ", style="none")
        told.append(printable(record["kind"]), style=COLOURS.get(record["kind"], "cyan"))
        told.append(f" {printable(_what(record))}", style="none")
        return told


def _what(record: Record) -> str:
    parts = [record["action"], record["resource"] and f"on {record['resource']}"]
    parts.append(record["decision"] and f"· {record['decision']}")
    parts.append(record["policies"] and f"by {', '.join(record['policies'])}")
    parts.append(record["reason"] and f"({record['reason']})")
    parts += [f"{name} {value}" for name, value in sorted(record.items()) if name not in NOT_SHOWN and value]
    return " ".join(part for part in parts if part)


def _seconds(record: Record) -> float:
    return datetime.fromisoformat(record["at"]).timestamp()
