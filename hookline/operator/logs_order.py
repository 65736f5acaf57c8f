"""The lines about one event and those that it caused, in causal order."""

from collections.abc import Iterable, Sequence

from hookline.operator.logs import Line

PUBLISHED = "published"  # a line about an event, by the function that published it


def of_event(lines: Iterable[Line], event: str) -> list[Line]:
    """The lines about `event` and its descendants, and of the first event of a tree about all of it; in causal order.

    An effect never comes before its cause, though the clocks of two functions differ.
    """
    found = list(lines)
    related = {event} | {line.event for line in found if line.correlation == event}
    while more := {line.event for line in found if line.causation in related} - related:
        related |= more
    return _ordered([line for line in found if line.event in related])


def _ordered(lines: Sequence[Line]) -> list[Line]:
    parents = {line.event: line.causation for line in lines if line.causation}
    first: dict[str, float] = {}
    published: dict[str, float] = {}
    for line in lines:
        times = published if line.message == PUBLISHED else first
        times[line.event] = min(times.get(line.event, line.at), line.at)
    places: dict[str, tuple[float, int]] = {}

    def place(event: str, below: frozenset[str] = frozenset()) -> tuple[float, int]:
        """The seconds by which the clock of the event's functions is behind, and the event's depth in the tree.

        A clock is behind if an event began before its parent did.
        """
        parent = parents.get(event, "")
        if event not in places:
            late, depth = 0.0, 0
            if parent in first and parent not in below:
                lag, above = place(parent, below | {event})
                depth = above + 1
                begun = first.get(event, published.get(event, first[parent]))
                if begun < first[parent] + lag:
                    late = published.get(event, first[parent]) + lag - begun
            places[event] = late, depth
        return places[event]

    def key(line: Line) -> tuple[float, int, bool]:
        late, depth = place(line.event)
        if line.message != PUBLISHED:
            return line.at + late, depth, True
        # It is written after the event was published, when another function may handle it already.
        at = line.at + place(line.causation)[0]
        return min(at, first.get(line.event, line.at) + late), depth, False

    return sorted(lines, key=key)
