"""What a source sent and the taxonomy has no word for."""

from typing import Any, ClassVar

from functions.api.event import DomainEvent


class Unmapped(DomainEvent):
    """A verified delivery of a type that has no translation; its raw body goes along untouched."""

    detail_type = "unmapped"
    owner = "platform"
    example: ClassVar[dict[str, Any]] = {"raw_type": "customer.tax_id.created"}

    raw_type: str
