"""Raw events without a translation."""

from typing import Any, ClassVar

from functions.api.event import DomainEvent


class Unmapped(DomainEvent):
    """A verified delivery of a type that has no translation; the event has its raw body unchanged."""

    detail_type = "unmapped"
    owner = "platform"
    example: ClassVar[dict[str, Any]] = {"raw_type": "customer.tax_id.created"}

    raw_type: str
