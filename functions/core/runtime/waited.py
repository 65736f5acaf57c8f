"""What an agent waits for, and what it waited for."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from functions.core.events.event import Event
from functions.core.platform.canonical import compact


@dataclass(frozen=True)
class Waited:
    """The wait that an event ends: `tools.waited`, which is None if the event ends none.

    `event` is the one that woke the agent when it began to wait, at `since` (unix seconds), without its `raw`. It
    waited for an event of `type` that names `entity`. `note` is what the agent kept.
    """

    event: Event
    type: str
    entity: str
    since: int
    note: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Pending:
    """A wait that has no id yet: it ends at `until` (unix seconds), with the outcome `otherwise`, as JSON."""

    waited: Waited
    until: int
    otherwise: str

    @property
    def otherwise_kind(self) -> str:
        """The name of the class of that outcome."""
        return str(json.loads(self.otherwise)["kind"])


@dataclass(frozen=True)
class Wait(Pending):
    """A wait. Its id is that of the event that ends it unmatched."""

    id: str = ""

    def dump(self) -> str:
        """The wait as JSON."""
        return compact(asdict(self))

    @classmethod
    def load(cls, text: str) -> "Wait":
        """The wait that `dump` wrote."""
        fields = json.loads(text)
        waited = fields.pop("waited")
        return cls(**fields, waited=Waited(**{**waited, "event": Event(**waited["event"])}))
