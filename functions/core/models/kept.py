"""Keeps decisions for the retries of an event: a retry acts on what was decided before, and does not ask again.

A model that is asked again answers in other words. The ledger refuses an effect that was claimed with other arguments,
so a retry after an effect with an unknown outcome would be a dead letter.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from functions.core.platform.times import Clock

KEEP_SECONDS = 5 * 24 * 3600  # longer than a grant is valid: after that, no retry can act


@dataclass(frozen=True)
class Kept:
    """A decision as JSON text: its `output`, who decided, and the name of the cause if it was not the model."""

    output: str
    by: str
    cause: str = ""


class Decisions(Protocol):
    """Where decisions are kept, by a text that names the event, the prompt and the run."""

    def of(self, name: str) -> Kept | None: ...

    def keep(self, name: str, kept: Kept) -> None: ...


class Unkept:
    """Keeps nothing."""

    def of(self, name: str) -> Kept | None:
        return None

    def keep(self, name: str, kept: Kept) -> None:
        return None


class KeptDecisions:
    """The decisions in the agent's idempotency table `table`, which nobody else reads or writes."""

    def __init__(self, dynamodb: Any, table: str, clock: Clock) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._clock = clock

    def of(self, name: str) -> Kept | None:
        """The decision that was kept under `name`, None if none was."""
        key = {"id": {"S": f"decision {name}"}}
        item = self._dynamodb.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")
        return Kept(item["output"]["S"], item["by"]["S"], item["cause"]["S"]) if item else None

    def keep(self, name: str, kept: Kept) -> None:
        """Keep a decision until no retry of its event can act."""
        item = {"id": f"decision {name}", "output": kept.output, "by": kept.by, "cause": kept.cause}
        expires = {"expiration": {"N": str(int(self._clock()) + KEEP_SECONDS)}}
        self._dynamodb.put_item(
            TableName=self._table, Item={**{field: {"S": value} for field, value in item.items()}, **expires}
        )
