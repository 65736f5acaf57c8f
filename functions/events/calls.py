"""Telephone calls."""

from typing import ClassVar

from functions.api.event import DomainEvent, Identifier, Line


class CallIncoming(DomainEvent):
    """Somebody is calling and nobody has answered yet; `caller` and `callee` are numbers or SIP addresses."""

    detail_type = "call.incoming"
    owner = "support"
    facets = ("caller",)
    example: ClassVar = {"call": "rtc_1Example", "caller": "+14155550100", "callee": "+14155550199"}

    call: Identifier
    caller: Line | None
    callee: Line | None
