"""Telephone calls."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from functions.api.event import Count, DomainEvent, Identifier, Line

Number = Annotated[str, Field(pattern=r"^\+?[0-9]{3,15}$")]
Api = Literal["realtime", "live"]
CALL: dict[str, str] = {"call": "rtc_1Example", "api": "realtime"}


class CallIncoming(DomainEvent):
    """Somebody is calling and nobody has answered yet; `caller` and `callee` are numbers or SIP addresses.

    They are what the caller's side says, and prove nothing; `number` and `line` are the telephone numbers in them.
    `api` is the provider's API that can answer the call. One call may be announced for several APIs, with an event
    each; `dialog`, the SIP Call-ID, is then the same, and who answers first has it.
    """

    detail_type = "call.incoming"
    owner = "support"
    facets = ("number",)
    example: ClassVar = {
        **CALL,
        "caller": "<sip:+14155550100@sip.example.com>",
        "callee": "<sip:+14155550199@sip.example.com>",
        "number": "+14155550100",
        "line": "+14155550199",
        "dialog": "0378-1Example@sip.example.com",
    }

    call: Identifier
    api: Api
    caller: Line | None
    callee: Line | None
    number: Number | None
    line: Number | None
    dialog: Line | None


class CallAnswered(DomainEvent):
    """A call was answered: `why` it was answered so, whether it was put through, and when it ends at the latest.

    It is None whether it was put through if the provider's answer was lost.

    With "earlier", an earlier try of the agent answered it, and ended before it could say why. `until` is in unix
    seconds. It is not `confirmed` if the provider's answer was lost: then nobody may have answered.
    """

    detail_type = "call.answered"
    owner = "support"
    example: ClassVar = {**CALL, "why": "open", "transferred": False, "confirmed": True, "until": 1_790_000_900}

    call: Identifier
    api: Api
    why: Literal["open", "closed", "regular", "no_context", "no_number", "blocked", "full", "earlier"]
    transferred: bool | None
    confirmed: bool
    until: Count


class CallRefused(DomainEvent):
    """A call was refused: why, and the SIP status that the caller got, None if an earlier try refused it."""

    detail_type = "call.refused"
    owner = "support"
    example: ClassVar = {**CALL, "why": "full", "status": 486}

    call: Identifier
    api: Api
    why: Literal["open", "closed", "regular", "no_context", "no_number", "blocked", "full", "earlier"]
    status: Annotated[int, Field(ge=300, le=699)] | None


class CallMissed(DomainEvent):
    """A call was neither answered nor refused: its event came too late, or the caller was gone."""

    detail_type = "call.missed"
    owner = "support"
    example: ClassVar = {**CALL, "why": "late"}

    call: Identifier
    api: Api
    why: Literal["late", "gone"]


class CallOverdue(DomainEvent):
    """An answered call has reached its longest duration."""

    detail_type = "call.overdue"
    owner = "support"
    example: ClassVar = {**CALL}

    call: Identifier
    api: Api


class CallEnded(DomainEvent):
    """An answered call is over: it was ended at its longest duration, or had ended by then."""

    detail_type = "call.ended"
    owner = "support"
    example: ClassVar = {**CALL, "how": "by_then"}

    call: Identifier
    api: Api
    how: Literal["at_the_limit", "by_then"]
