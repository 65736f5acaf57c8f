"""Draws the causal tree of an event: each step of each identity that handled it or an event that it caused."""

from collections.abc import Sequence
from datetime import datetime

from rich.text import Text
from rich.tree import Tree

from functions.core.events.reviews import REVIEW_OPENED
from hookline.operator.audit.causation import REVIEW_SERVICE, Step, steps
from hookline.operator.audit.words import Record, sentence
from hookline.operator.terminal import plain
from hookline.operator.trail import Trail

DEEPEST = 10  # levels that are drawn; deeper steps are drawn at the last one, or they would have no room on the screen


def tree(correlation: str, records: Sequence[Record]) -> Tree:
    """The tree of `correlation`; `records` are all of its records, at least one, in order of time."""
    root = Tree(Text.assemble((plain(correlation), "bold"), f"  from {records[0]['at']}"), guide_style="dim")
    start, branches = _seconds(records[0]), [root]
    for step in steps(correlation, records):
        depth = min(step.depth, DEEPEST)
        branches[depth + 1 :] = [branches[depth].add(_line(step, start))]
    return root


def whole(trail: Trail, correlation: str) -> list[Record]:
    """The records of a causal tree and of the announcements of its reviews, which are trees of their own."""
    records: list[Record] = list(trail.of_correlation(correlation))
    for announcement in announcements(records):
        records += trail.of_correlation(announcement)
    return sorted(records, key=lambda record: (_seconds(record), record["seq"]))


def announcements(records: Sequence[Record]) -> list[str]:
    """The events that announce the reviews of a tree; each is the first event of a tree of its own."""
    opened = (REVIEW_SERVICE, "published", REVIEW_OPENED)
    found = (one["event"] for one in records if (one["identity"], one["kind"], one.get("action")) == opened)
    return list(dict.fromkeys(found))


def _line(step: Step, start: float) -> Text:
    if step.record is None:
        return Text(f"{plain(step.event) or 'no event'}  publication not on record", style="dim", overflow="fold")
    after = (_seconds(step.record) - start) * 1000
    line = Text(f"{after:>8,.0f} ms  ", style="dim", overflow="fold")
    line.append(f"{plain(step.record['identity'])}  ", style="none")
    return line.append_text(sentence(step.record))


def _seconds(record: Record) -> float:
    return datetime.fromisoformat(record["at"]).timestamp()
