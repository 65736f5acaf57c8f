"""What a source makes of a delivery: the happenings in its body, and their translation into the taxonomy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Happening:
    """One thing that a provider reports; some put several into one delivery.

    `id` is the provider's own, the same on every attempt to deliver it; `time` is RFC 3339 in UTC or None.
    """

    id: str
    raw_type: str
    body: Mapping[str, Any]
    time: str | None = None


@dataclass(frozen=True)
class Translation:
    """A happening in the taxonomy's words: its detail-type, the entities that it names, and its data."""

    type: str
    subject: str
    entities: Sequence[str]
    data: Mapping[str, Any] = field(default_factory=dict)
