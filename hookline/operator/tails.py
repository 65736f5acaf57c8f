"""The last records of chains, kept between reads: the console's pages look at the ends of all chains again and again.

A segment never changes, and its hash is over all records before it too. So from a segment on that was read before,
everything is known, on whichever stack it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from functions.core.audit.segments import records_in
from hookline.operator.trail import Record, Trail, once

LATEST: Final = 300  # records of a chain that are looked at


@dataclass(frozen=True)
class Segment:
    """A segment that was read: its hash, the number of its first record, and its records."""

    hash: str
    first: int
    records: tuple[Record, ...]


@dataclass(frozen=True)
class End:
    """The end of a chain: its segments, the newest first, and of their records the last LATEST, each once, in order."""

    segments: tuple[Segment, ...]
    records: tuple[Record, ...]


_kept: dict[str, End] = {}  # by identity


def latest(trail: Trail, identity: str) -> Sequence[Record]:
    """The last LATEST records of one identity's chain, each once, in order."""
    end = _kept.get(identity, End((), ()))
    known = end.segments
    places = {segment.hash: place for place, segment in enumerate(known)}
    found: list[Segment] = []
    missing, segments = LATEST, trail.segments(identity)
    while missing > 0 and (item := next(segments, None)):
        place = places.get(item["hash"]["S"])
        new = (_segment(item),) if place is None else known[place:]
        for segment in new:
            if missing > 0:
                found.append(segment)
                missing -= len(segment.records)
        if place is not None:
            segments = trail.segments(identity, new[-1].first)
    if tuple(found) != known:
        records = [record for segment in reversed(found) for record in segment.records][-LATEST:]
        end = _kept[identity] = End(tuple(found), tuple(once(records)))
    return end.records


def _segment(item: Mapping[str, Any]) -> Segment:
    return Segment(item["hash"]["S"], int(item["first"]["N"]), tuple(records_in(item)))
