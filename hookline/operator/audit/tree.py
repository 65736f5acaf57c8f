"""Draws the causal tree of an event: every step of everybody who handled it or what came of it."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from rich.text import Text
from rich.tree import Tree

from functions.core.events.reviews import REVIEW_OPENED, SOURCE
from hookline.operator.audit.words import Record, told
from hookline.operator.terminal import plain
from hookline.operator.trail import Trail

REVIEW_SERVICE = "service.reviews"
DEEPEST = 10  # levels that are drawn as such; what comes of the last stands below it without a step to the right
DECISIONS = ("approved", "denied", "expired")


def tree(correlation: str, records: Sequence[Record]) -> Tree:
    """The tree of `correlation`; `records` are all of it, at least one, in the order of their times."""
    drawn = _Drawing(records)
    root = Tree(Text.assemble((plain(correlation), "bold"), f"  from {records[0]['at']}"), guide_style="dim")
    for event in drawn.roots(correlation):
        drawn.hang(root, event)
    return root


def whole(trail: Trail, correlation: str) -> list[Record]:
    """The records of a causal tree, and of what told people of the reviews in it: that is a tree of its own."""
    records: list[Record] = list(trail.of_correlation(correlation))
    for record in tuple(records):
        if (record["identity"], record["kind"], record["action"]) == (REVIEW_SERVICE, "published", REVIEW_OPENED):
            records += trail.of_correlation(f"{SOURCE}:{REVIEW_OPENED}:{record['event']}")
    return sorted(records, key=_seconds)


class _Drawing:
    def __init__(self, records: Sequence[Record]) -> None:
        self._start = _seconds(records[0])
        self._of: dict[str, list[Record]] = {}
        for record in records:
            self._of.setdefault(record["event"], []).append(record)
        self._published = Counter(_base(record) for record in records if record["kind"] == "published")
        self._taken: Counter[str] = Counter()
        came_of = {child: _key(record) for record in records if (child := self._child(record))}
        self._children = {step: child for child, step in came_of.items()}

    def roots(self, correlation: str) -> list[str]:
        """The first event, and those of which no record here says where they came from."""
        orphans = self._of.keys() - set(self._children.values()) - {correlation}
        return [*([correlation] if correlation in self._of else []), *sorted(orphans)]

    def _child(self, record: Record) -> str | None:
        """The event that a record says was published: its id is source, type and cause, and its number from 2 on."""
        if record["identity"] == REVIEW_SERVICE and record["kind"] in DECISIONS:
            # Where two people must agree each approval is on record; the last one led to the event.
            id = f"{SOURCE}:review.{record['kind']}:{record['event']}"
            return id if id in self._of else None
        if record["kind"] != "published":
            return None
        base = _base(record)
        while self._taken[base] < self._published[base]:
            self._taken[base] += 1
            id = base if self._taken[base] == 1 else f"{base}:{self._taken[base]}"
            if id in self._of:
                return id
        return None

    def hang(self, root: Tree, event: str) -> None:
        """Hang the steps about `event` below `root`, and below each what came of it."""
        waiting = [(root, iter(self._of[event]))]
        while waiting:
            branch, steps = waiting[-1]
            record = next(steps, None)
            if record is None:
                waiting.pop()
                continue
            step = branch.add(self._step(record))
            if child := self._children.get(_key(record)):
                # An identity could make up a tree so deep that what stands at its end has no room on the screen.
                waiting.append((step if len(waiting) < DEEPEST else branch, iter(self._of[child])))

    def _step(self, record: Record) -> Text:
        after = (_seconds(record) - self._start) * 1000
        step = Text(f"{after:>8,.0f} ms  ", style="dim", overflow="fold")
        step.append(f"{plain(record['identity'])}  ", style="none")
        return step.append_text(told(record))


def _base(record: Record) -> str:
    publisher = SOURCE if record["identity"] == REVIEW_SERVICE else record["identity"]
    return ":".join((publisher, record["action"], record["event"]))


def _key(record: Record) -> tuple[str, str]:
    return record["identity"], record["id"]  # an id is its identity's own word


def _seconds(record: Record) -> float:
    return datetime.fromisoformat(record["at"]).timestamp()
