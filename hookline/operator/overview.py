"""What happens now, from end to end: sources, agents with their queues, connectors, and what waits for a person.

Everything comes from the ends of chains and from counts, so it costs the same however long the trail is.
"""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cache
from math import ceil
from typing import Any

from functions.core.platform.times import rfc3339
from functions.core.reviews.store import Reviews
from hookline.operator import known, queue_counts, suspension, tails
from hookline.operator.account import Account
from hookline.operator.trail import Record, Trail
from infra import naming

MINUTES = 15  # that are shown one by one
MOST_SPENT = 3000  # records of each connector that today's costs are added up from
PUBLISHED = ("published", "spilled")
AGE_SECONDS = 600  # CloudWatch has a queue's age once a minute, and some minutes late


def overview(account: Account, now: float) -> dict[str, Any]:
    """The state of everything that is deployed, ready for JSON; `now` is in unix seconds.

    `per_minute` counts the events of each of the last MINUTES minutes, the oldest first, among the last tails.LATEST
    records of each source; `latency_ms` is the time from a delivery's publication to an agent's decision, of the
    decisions among the last tails.LATEST records of each agent: p50, p95, and how many. Counts of queues are
    approximate, as SQS's.
    """
    trail = Trail(account.client("dynamodb"))
    reviews = Reviews(account.client("dynamodb"), naming.REVIEWS_TABLE)
    with suspension.aws_errors(), ThreadPoolExecutor(8) as pool:
        names = [name for name in trail.identities() if name.startswith(("webhook.", "agent.", "connector."))]
        chains = dict(zip(names, pool.map(lambda name: tails.latest(trail, name), names), strict=True))
        counts = queue_counts.of_agents(account, sorted(suspension.deployed(account)))
    sources = {name: records for name, records in chains.items() if name.startswith("webhook.")}
    published = {one["event"]: one["at"] for records in sources.values() for one in records if one["kind"] in PUBLISHED}
    handled = {name: records for name, records in chains.items() if name.startswith("agent.")}
    return {
        "at": rfc3339(now),
        "sources": [_source(name.removeprefix("webhook."), records, now) for name, records in sources.items()],
        "bus": {"per_minute": per_minute((at for at in published.values()), now), "bus": naming.BUS},
        "agents": [_agent(name, counts[name], handled.get(f"agent.{name}", [])) for name in counts],
        "connectors": [
            _connector(name.removeprefix("connector."), records, now)
            for name, records in chains.items()
            if name.startswith("connector.")
        ],
        "latency_ms": latency(published, (one for records in handled.values() for one in records)),
        "reviews_waiting": sum(1 for _ in reviews.with_status("open")),
        "dead_letters": sum(dead for _, dead in counts.values()),
    }


def models_today(account: Account, now: float) -> dict[str, Any]:
    """What model calls have used since midnight (UTC), ready for JSON, of the connectors with a metered operation.

    It reads up to MOST_SPENT records of each; `complete` is false if there are more.
    """
    trail = Trail(account.client("dynamodb"))
    here = [name for name in trail.identities() if name in _metered()]
    today = [_spent(trail, name, now) for name in here]
    return {"microdollars": sum(used for used, _ in today), "complete": all(whole for _, whole in today)}


@cache
def _metered() -> frozenset[str]:
    """The identities of the connectors that reserve a budget; a process imports a manifest once, so it asks once."""
    connectors = known.find().project.connectors.values()
    return frozenset(f"connector.{one.name}" for one in connectors if any(op.metered for op in one.operations))


def queue_ages(account: Account, now: float) -> dict[str, float | None]:
    """The age in seconds of the oldest message of each agent's queue, by agent; None where CloudWatch has none.

    The local stack has none: its emulator counts no such metric. CloudWatch bills each call, so ask once a minute.
    """
    with suspension.aws_errors():
        agents = sorted(suspension.deployed(account))
        queries = [_age_query(number, name) for number, name in enumerate(agents)]
        start, end = datetime.fromtimestamp(now - AGE_SECONDS, UTC), datetime.fromtimestamp(now, UTC)
        found = account.client("cloudwatch").get_metric_data(MetricDataQueries=queries, StartTime=start, EndTime=end)
    values = {one["Id"]: one["Values"] for one in found["MetricDataResults"]} if queries else {}
    return {name: next(iter(values.get(f"a{number}", [])), None) for number, name in enumerate(agents)}


def per_minute(times: Iterable[str], now: float) -> list[int]:
    """How many of `times` lie in each of the last MINUTES minutes, the oldest first. Pure."""
    counts = [0] * MINUTES
    for at in times:
        place = int((now - datetime.fromisoformat(at).timestamp()) // 60)
        if 0 <= place < MINUTES:
            counts[MINUTES - 1 - place] += 1
    return counts


def latency(published: Mapping[str, str], records: Iterable[Record]) -> dict[str, float | int | None]:
    """The milliseconds from publication to decision, of the events in `published`, by their times: p50, p95. Pure."""
    took = sorted(
        1000 * (_seconds(one["at"]) - _seconds(published[one["event"]]))
        for one in records
        if one["kind"] == "decided" and one["event"] in published
    )
    return {"p50": _percentile(took, 0.5), "p95": _percentile(took, 0.95), "decisions": len(took)}


def _percentile(values: Sequence[float], part: float) -> float | None:
    """The nearest-rank percentile of sorted values."""
    return round(values[ceil(part * len(values)) - 1], 1) if values else None


def _source(name: str, records: Sequence[Record], now: float) -> dict[str, Any]:
    events = [one for one in records if one["kind"] in PUBLISHED]
    return {
        "source": name,
        "last": events[-1]["at"] if events else None,
        "per_minute": per_minute((one["at"] for one in events), now),
        "rejected": sum(one["kind"] == "rejected" for one in records),
    }


def _agent(name: str, counts: tuple[int, int], records: Sequence[Record]) -> dict[str, Any]:
    ends = {one["event"]: one for one in records if one["kind"] in ("decided", "failed")}
    decided = [one for one in records if one["kind"] == "decided"]
    return {
        "agent": name,
        "waiting": counts[0],
        "dead_letters": counts[1],
        "failing": sum(one["kind"] == "failed" for one in ends.values()),
        "last": decided[-1]["at"] if decided else None,
    }


def _connector(name: str, records: Sequence[Record], now: float) -> dict[str, Any]:
    """The last state of its circuit breaker, closed if it moved not among the last records, and what it did."""
    moves = [one for one in records if one["kind"] == "circuit"]
    effects = [one for one in records if one["kind"] == "effected"]
    return {
        "connector": name,
        "circuit": moves[-1]["decision"] if moves else "closed",
        "moved": moves[-1]["at"] if moves else None,
        "last": records[-1]["at"] if records else None,
        "per_minute": per_minute((one["at"] for one in effects), now),
        "denied": sum(one["kind"] == "denied" for one in records),
    }


def _spent(trail: Trail, name: str, now: float) -> tuple[int, bool]:
    """What model calls through a connector have used since midnight (UTC), and whether all records were read."""
    midnight = rfc3339(now - now % 86_400)
    total = 0
    for read, record in enumerate(trail.backwards(name), start=1):
        if record["at"] < midnight:
            return total, True
        if read > MOST_SPENT:
            return total, False
        if record["kind"] in ("read", "settled"):
            total += record.get("usage", {}).get("microdollars", 0)
    return total, True


def _age_query(number: int, name: str) -> dict[str, Any]:
    metric = {
        "Namespace": "AWS/SQS",
        "MetricName": "ApproximateAgeOfOldestMessage",
        "Dimensions": [{"Name": "QueueName", "Value": naming.agent(name)}],
    }
    return {"Id": f"a{number}", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Maximum"}}


def _seconds(at: str) -> float:
    return datetime.fromisoformat(at).timestamp()
