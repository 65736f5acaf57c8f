"""The rows of the ledger's table in which claims, turns and places are kept."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from functions.core.platform.canonical import digest
from functions.core.platform.times import Clock


@dataclass(frozen=True)
class Rows:
    """The table `table`. `wait` gets how many tries of a write failed, and waits before the next."""

    dynamodb: Any
    table: str
    clock: Clock
    monotonic: Clock
    wait: Callable[[int], None]


def key(kind: str, parts: Sequence[Any]) -> dict[str, Any]:
    """The key of a row. IAM lets a connector write rows of its own name only; a digest names nobody."""
    return {"key": {"S": f"claims:{kind}:{digest(list(parts))}"}}
