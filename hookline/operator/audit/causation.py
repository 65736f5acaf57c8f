"""Orders the records of a causal tree by causation: an effect never comes before its cause. Pure.

Times cannot do that: the clocks of two functions differ.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from functions.core.events.event import id_prefix
from functions.core.events.reviews import SOURCE
from hookline.operator.audit.words import Record

REVIEW_SERVICE = "service.reviews"
PUBLICATIONS = ("published", "spilled")


@dataclass(frozen=True)
class Step:
    """A record about `event`, at its depth in the tree from 0; None stands for a publication that is not on record."""

    depth: int
    event: str
    record: Record | None


def steps(first: str, records: Sequence[Record]) -> Iterator[Step]:
    """Each of `records`, which are in order of time, once; `first` is the id of the first event.

    The publication of an event comes first. One level below follow the other records about the event, and the events
    that it caused, in order of time. Events whose cause is not on record come last.
    """
    tree, drawn = _Tree(first, records), set[str]()
    # An identity can claim causes that form a circle, which no root leads to.
    for event in [*tree.roots, *tree.events]:
        yield from tree.below(event, drawn)


def event_of(record: Record) -> str:
    """The event that a record belongs to in the tree; on a connector's chain it can be the agent's word."""
    return record.get("claimed") or record.get("event", "")


class _Tree:
    """Records by their place in `records`, and events by their id."""

    def __init__(self, first: str, records: Sequence[Record]) -> None:
        self._first = first
        self._records = records
        self.events: dict[str, list[int]] = {}
        for place, record in enumerate(records):
            self.events.setdefault(event_of(record), []).append(place)
        self._publications = {
            event: next((place for place in places if _is_publication(records[place])), None)
            for event, places in self.events.items()
        }
        self.roots: list[str] = []
        self._caused: dict[str, list[str]] = {}
        for event in sorted(self.events, key=lambda event: event != first):
            cause = self._cause(event)
            of_cause = self._caused.setdefault(cause, []) if cause in self.events else self.roots
            of_cause.append(event)

    def below(self, root: str, drawn: set[str]) -> Iterator[Step]:
        """The steps of `root` and of the events below it, except those of the events in `drawn`, which it adds to."""
        waiting: list[tuple[int, int | str]] = [(0, root)]  # no recursion: an identity can claim a tree of any depth
        while waiting:
            depth, item = waiting.pop()
            if isinstance(item, int):
                yield self._step(depth, item)
            elif item not in drawn:
                drawn.add(item)
                publication = self._publications[item]
                if publication is not None:
                    yield self._step(depth, publication)
                elif item != self._first:
                    yield Step(depth, item, None)
                else:
                    depth -= 1
                waiting += [(depth + 1, one) for one in reversed(self._followed(item))]

    def _step(self, depth: int, place: int) -> Step:
        record = self._records[place]
        return Step(depth, event_of(record), record)

    def _cause(self, event: str) -> str | None:
        """The parent of an event. Records of others name it only if the publisher's record is missing."""
        publication = self._publications[event]
        places = self.events[event] if publication is None else [publication]
        named = (self._records[place].get("causation") for place in places)
        cause = next(filter(None, named), None)
        return None if event in (self._first, cause) else cause

    def _followed(self, event: str) -> list[int | str]:
        """The other records about an event, and the events that it caused, in order of time."""
        publication = self._publications[event]
        items: dict[int, int | str] = {place: place for place in self.events[event] if place != publication}
        items |= {self._begin(caused): caused for caused in self._caused.get(event, ())}
        received = next((place for place in self.events[event] if self._is(place, "agent.", "received")), -1)
        # An agent calls a connector after it has received the event, whatever the connector's clock says.
        early = {place for place in items if place < received and self._is(place, "connector.")}
        return [
            items[place]
            for place in sorted(items, key=lambda place: (received, 1, place) if place in early else (place, 0, 0))
        ]

    def _is(self, place: int, identity: str, kind: str = "") -> bool:
        record = self._records[place]
        return record["identity"].startswith(identity) and kind in ("", record["kind"])

    def _begin(self, event: str) -> int:
        publication = self._publications[event]
        return self.events[event][0] if publication is None else publication


def _is_publication(record: Record) -> bool:
    """Whether the publisher of an event says that it published it: no other identity has ids with that prefix."""
    source = SOURCE if record["identity"] == REVIEW_SERVICE else record["identity"]
    return record["kind"] in PUBLICATIONS and record.get("event", "").startswith(id_prefix(source, record["action"]))
