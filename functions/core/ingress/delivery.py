"""A delivery, the raw events in its body, and their translation into domain events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Delivery:
    """One HTTP request of a provider; `body` is byte for byte as sent, `address` is the sender's IP address.

    The names of `headers` are in lower case; `url` is the whole public URL with its query. If `changed`, the body is
    not as sent: it was compressed, and the gateway took it for text.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    address: str
    changed: bool = False


@dataclass(frozen=True)
class RawEvent:
    """One event as the provider sends it; some providers send several in one delivery.

    `id` is the provider's, the same for every delivery attempt, None if it signs none; `time` is RFC 3339 in UTC or
    None. `unsigned` is what unsigned headers say about it. `tenant` is whose account it is about, "" if it does not say
    so or if its source has one tenant only. `form` tells whether its body was read as a form. `mode` is
    "live" or "test", "" if it says neither.
    """

    id: str | None
    raw_type: str
    body: Mapping[str, Any]
    time: str | None = None
    unsigned: str = ""
    tenant: str = ""
    form: bool = False
    mode: str = ""


@dataclass(frozen=True)
class Unreadable:
    """An item of a delivery's list that cannot be read or translated, and why."""

    item: Any
    reason: str


@dataclass(frozen=True)
class Translation:
    """A raw event as a domain event: its detail type, the entities that it names, and its data.

    `version` is that of the detail type's schema.
    """

    type: str
    subject: str
    entities: Sequence[str]
    data: Mapping[str, Any] = field(default_factory=dict)
    version: int = 1


@dataclass(frozen=True)
class Handshake:
    """The response that a provider requires before it sends deliveries: `body` of `content_type`."""

    body: str
    content_type: str = "text/plain"
