"""How often a source usually speaks, and whether its silence is unusual for it. Pure.

Time is measured in the deliveries that were to be expected in it. So a night or a weekend in which a source never
speaks takes no time, and a busy hour takes much: no threshold in minutes fits both a source of a thousand an hour and
one of five a day. What is ordinary is learned from the source's own gaps, in the same measure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

SLOT = 300  # seconds: deliveries are counted in periods of five minutes
HOUR = 3600
WEEK = 7 * 24  # hours
WEEKS = 4  # of history
LEAST_WEEKS = 2  # a weekend that was seen once may be an outage
LEAST_DELIVERIES = 50
# Where deliveries come independently of each other, as many that fail to come are chance once in 3,000 times (e^-8).
LEAST_EXPECTED = 8.0
MARGIN = 1.5  # times the longest ordinary gap
LEAST_SECONDS = 30 * 60  # a provider's own hiccup is no news
SPIKE = 10  # times the usual count of an hour with deliveries; what is more counts as so much


@dataclass(frozen=True)
class Rhythm:
    """The deliveries to expect in each hour of the week, from Thursday 00:00 UTC, when Unix time began.

    `limit` is how many expected deliveries may fail to come before a silence is unusual.
    """

    rates: tuple[float, ...]
    limit: float

    @property
    def per_week(self) -> float:
        """The deliveries of a usual week."""
        return sum(self.rates)

    def expected(self, since: float, until: float) -> float:
        """How many deliveries are to be expected in this time, in unix seconds."""
        weeks = max(0.0, (until - since) // (WEEK * HOUR))
        total, at = weeks * self.per_week, since + weeks * WEEK * HOUR
        while at < until:
            end = min((at // HOUR + 1) * HOUR, until)
            total += self.rates[int(at // HOUR) % WEEK] * (end - at) / HOUR
            at = end
        return total

    def silence(self, last: float, now: float) -> float:
        """How unusual it is that nothing came since `last`: at 1 and above it is. 0 for less than half an hour."""
        return self.expected(last, now) / self.limit if now - last >= LEAST_SECONDS else 0.0


def rhythm(counts: Mapping[int, float], end: float) -> Rhythm | None:
    """The rhythm of a source until `end`, in unix seconds; `counts` has its deliveries by the begin of their slot.

    None if there were too few deliveries, or for too short a time, to know one.
    """
    heard = {at: count for at, count in counts.items() if end - WEEKS * WEEK * HOUR <= at < end and count > 0}
    long_enough = bool(heard) and end - min(heard) >= LEAST_WEEKS * WEEK * HOUR
    if not long_enough or sum(heard.values()) < LEAST_DELIVERIES:
        return None
    rates = _rates(heard, end)
    bare = Rhythm(rates, LEAST_EXPECTED)
    # The longest gap may have been an outage, which must not become the rule; the second is ordinary.
    gaps = sorted((bare.expected(a + SLOT, b) for a, b in pairwise(sorted(heard)) if b - a > SLOT), reverse=True)
    usual = gaps[1] if len(gaps) > 1 else 0.0
    return Rhythm(rates, max(LEAST_EXPECTED, MARGIN * usual))


def _rates(heard: Mapping[int, float], end: float) -> tuple[float, ...]:
    hourly: dict[int, float] = {}
    for at, count in heard.items():
        hourly[at // HOUR] = hourly.get(at // HOUR, 0.0) + count
    most = SPIKE * median(hourly.values())
    totals, hours = [0.0] * WEEK, [0] * WEEK
    for hour in range(min(hourly), int(end // HOUR) + 1):
        totals[hour % WEEK] += min(hourly.get(hour, 0.0), most)
        hours[hour % WEEK] += 1
    return tuple(total / max(1, seen) for total, seen in zip(totals, hours, strict=True))
