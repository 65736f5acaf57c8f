"""Times, all in UTC."""

from collections.abc import Callable
from datetime import UTC, datetime

# Returns unix seconds; injected, so that tests control it.
Clock = Callable[[], float]


def rfc3339(now: float) -> str:
    """Unix seconds as RFC 3339 in UTC with microseconds, so that text order is time order."""
    return datetime.fromtimestamp(now, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def sortable(time: str) -> str:
    """An RFC 3339 time written so that text order is time order. Raises ValueError if it is not one."""
    return rfc3339(datetime.fromisoformat(time).timestamp())
