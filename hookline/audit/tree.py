"""Draws the causal tree of an event: every step of everybody who handled it or what came of it."""

from collections.abc import Container, Sequence
from datetime import datetime

from rich.text import Text
from rich.tree import Tree

from functions.core.reviews import SOURCE
from hookline.audit.words import Record, told
from hookline.output import plain

REVIEW_DESK = "service.review_desk"
DECISIONS = ("approved", "denied", "expired")


def tree(correlation: str, records: Sequence[Record]) -> Tree:
    """The tree of `correlation`; `records` are all of it, at least one, in the order of their times."""
    drawn = _Drawing(records)
    root = Tree(Text.assemble((plain(correlation), "bold"), f"  from {records[0]['at']}"), guide_style="dim")
    for event in drawn.roots(correlation):
        drawn.hang(root, event)
    return root


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
        step = Text(f"{after:>8,.0f} ms  ", style="dim", overflow="fold")
        step.append(f"{plain(record['identity'])}  ", style="none")
        return step.append_text(told(record))


def _seconds(record: Record) -> float:
    return datetime.fromisoformat(record["at"]).timestamp()
