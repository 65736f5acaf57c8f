"""Reads from CloudWatch how often a source spoke: the metric that its verifier counts deliveries with.

The metric is there already, so nothing more is written with a delivery, and the service keeps no state of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from functions.core.silence.rhythm import HOUR, SLOT, WEEK, WEEKS, Rhythm, rhythm

# As long as the history before the last delivery is whole, a silence goes on being unusual. CloudWatch keeps periods of
# five minutes for 63 days.
READ_WEEKS = 2 * WEEKS
MOST_SOURCES = 500  # metrics of one request
METRIC = "Silence"


@dataclass(frozen=True)
class Heard:
    """How a source speaks. `last` is when a delivery came last, in unix seconds, None if none did in eight weeks.

    `rhythm` is None if too little is known of it. `silence` is how unusual it is that none came since the last: at 1
    and above an alarm fires; None without a rhythm.
    """

    last: float | None = None
    rhythm: Rhythm | None = None
    silence: float | None = None

    @property
    def is_silent(self) -> bool:
        """Whether the silence is unusual."""
        return self.silence is not None and self.silence >= 1


def heard(cloudwatch: Any, sources: Sequence[str], now: float) -> Mapping[str, Heard]:
    """How each of `sources` speaks; `cloudwatch` is a client. Raises ClientError or BotoCoreError."""
    found: dict[str, Heard] = {}
    for start in range(0, len(sources), MOST_SOURCES):
        some = sources[start : start + MOST_SOURCES]
        series = _series(cloudwatch, some, now)
        found |= {name: heard_of(counts, now) for name, counts in zip(some, series, strict=True)}
    return found


def heard_of(counts: Mapping[int, float], now: float) -> Heard:
    """How a source speaks that had these deliveries in the slots that begin at these times. Pure."""
    spoke = [at for at, count in counts.items() if count > 0]
    if not spoke:
        return Heard()
    last = min(max(spoke) + SLOT, now)
    # The time of the silence is no part of what is usual.
    known = rhythm(counts, last)
    return Heard(last, known, None if known is None else known.silence(last, now))


def _series(cloudwatch: Any, sources: Sequence[str], now: float) -> list[dict[int, float]]:
    """The deliveries of each source, by the slot's begin in unix seconds."""
    queries = [_query(number, name) for number, name in enumerate(sources)]
    series: dict[str, dict[int, float]] = {query["Id"]: {} for query in queries}
    begin = int(now - READ_WEEKS * WEEK * HOUR) // SLOT * SLOT
    pages = cloudwatch.get_paginator("get_metric_data").paginate(
        MetricDataQueries=queries,
        StartTime=datetime.fromtimestamp(begin, UTC),
        EndTime=datetime.fromtimestamp(now, UTC),
    )
    for one in (result for page in pages for result in page["MetricDataResults"]):
        for at, value in zip(one["Timestamps"], one["Values"], strict=True):
            series[one["Id"]][int(at.timestamp())] = value
    return list(series.values())


def _query(number: int, source: str) -> dict[str, Any]:
    # What a verifier answered with 200, which its handler counts so.
    dimensions = [{"Name": "service", "Value": f"webhook.{source}"}, {"Name": "answer", "Value": "200"}]
    metric = {"Namespace": "Hookline", "MetricName": "Deliveries", "Dimensions": dimensions}
    return {"Id": f"s{number}", "MetricStat": {"Metric": metric, "Period": SLOT, "Stat": "Sum"}}
