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
    for line in lines:
        if line.message != PUBLISHED:
            first[line.event] = min(first.get(line.event, line.at), line.at)
    shifts: dict[str, float] = {}

    def shift(event: str, below: frozenset[str] = frozenset()) -> float:
        """The seconds that the clock of the event's functions lags behind: its parent's first line is not later."""
        parent = parents.get(event, "")
        if event not in shifts and parent in first and event in first and parent not in below:
            shifts[event] = max(0.0, first[parent] + shift(parent, below | {event}) - first[event])
        return shifts.get(event, 0.0)

    def key(line: Line) -> tuple[float, bool]:
        if line.message != PUBLISHED or line.event not in first:
            return line.at + shift(line.event), True
        # It is written after the event was published, when another function may handle it already.
        published = line.at + shift(line.causation)
        return min(published, first[line.event] + shift(line.event)), False

    return sorted(lines, key=key)
