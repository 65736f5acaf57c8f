"""Telephone calls."""

from typing import ClassVar, Literal

from functions.api.event import DomainEvent, Identifier, Line


class CallIncoming(DomainEvent):
    """Somebody is calling and nobody has answered yet; `caller` and `callee` are numbers or SIP addresses.

    They are what the caller's side says, and prove nothing. `api` is the provider's API that can answer the call. One
    call may be announced for several APIs, with an event each; `dialog` is then the same, and who answers first has it.
    """

    detail_type = "call.incoming"
    owner = "support"
    facets = ("caller",)
    example: ClassVar = {
        "call": "rtc_1Example",
        "api": "realtime",
        "caller": "+14155550100",
        "callee": "+14155550199",
        "dialog": "0378-1Example@sip.example.com",
    }

    call: Identifier
    api: Literal["realtime", "live"]
    caller: Line | None
    callee: Line | None
    dialog: Line | None
