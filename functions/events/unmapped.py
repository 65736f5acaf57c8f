"""Raw events without a translation."""

from typing import Any, ClassVar

from functions.api.event import DomainEvent


class Unmapped(DomainEvent):
    """A verified delivery of a type that has no translation; the event has its raw body unchanged.

    `tenant` is whose account it is about, at a provider whose signing secret serves several. `reason` says why a raw
    event whose type has a translation is not translated, None otherwise.
    """

    detail_type = "unmapped"
    owner = "platform"
    example: ClassVar[dict[str, Any]] = {"raw_type": "customer.tax_id.created", "tenant": "own", "reason": None}

    raw_type: str
    tenant: str | None = None
    reason: str | None = None
