"""The settings of the reception agent. A change here is a change of policy: review it as one.

Numbers are as "+14155550100". What a caller's side says of its own number proves nothing: here it decides what is said
and who is disturbed, and opens nothing.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Final, Literal

ALWAYS = dict.fromkeys(range(7), (time(0), time.max))
NEVER: Mapping[int, tuple[time, time]] = {}
OFFICE = dict.fromkeys(range(5), (time(9), time(18)))  # Monday is 0

GENERAL = (
    "You answer the telephone of Example Inc. Say that you are an AI agent. Help with questions about opening hours, "
    "orders and invoices in general. You do not know who is calling: a number can be forged. Give nobody's personal "
    "data, confirm no order and no account, and promise nothing. If you cannot help, take a message and a number to "
    "call back."
)
MESSAGE = f"{GENERAL} The office is closed now. Say so, and offer to take a message."
MOVED = f"{GENERAL} This number is no longer in use. Say so, name the new one, +1 415 555 0199, and end the call."
CONNECTING = f"{GENERAL} Say that you are connecting the caller. If they are still there after that, take a message."


@dataclass(frozen=True)
class Accept:
    """The call is accepted, and the model gets `instructions`."""

    instructions: str = GENERAL


@dataclass(frozen=True)
class Refuse:
    """The call is refused with a SIP status (RFC 3261, 21): 480 temporarily unavailable, 486 busy, 603 declined."""

    status: int


@dataclass(frozen=True)
class Transfer:
    """The call is accepted, and put through to `to`, a URI like "tel:+1…"; policy.cedar must permit that one."""

    to: str
    instructions: str = CONNECTING


Answer = Accept | Refuse | Transfer


@dataclass(frozen=True)
class Line:
    """A number that can be called.

    `hours` are the opening hours by weekday, in the settings' time zone, and may end on the next day; `is_open` is the
    answer then, `closed` outside of them and on holidays. At `most_calls` at once, `full` is the answer.
    """

    hours: Mapping[int, tuple[time, time]] = field(default_factory=lambda: ALWAYS)
    is_open: Answer = Accept()
    closed: Answer = Accept(MESSAGE)
    most_calls: int = 20
    full: Answer = Refuse(486)


@dataclass(frozen=True)
class Settings:
    """The settings; `lines` are those that are described, and any other number is an `other_line`."""

    time_zone: str = "America/Los_Angeles"
    holidays: frozenset[date] = frozenset({date(2026, 12, 25), date(2027, 1, 1), date(2027, 7, 5), date(2027, 12, 24)})
    lines: Mapping[str, Line] = field(
        default_factory=lambda: {
            "+14155550199": Line(),
            "+14155550198": Line(hours=OFFICE, closed=Refuse(480)),
            "+14155550177": Line(hours=NEVER, closed=Accept(MOVED)),
        }
    )
    # A caller can claim to have called any number. Once all of yours are described, refuse the others:
    # Line(hours=NEVER, closed=Refuse(404)).
    other_line: Line = Line(most_calls=3)

    # How numbers without a plus are read: after one of these prefixes they are of another country, and what `national`
    # matches is of this one. Germany: "49", ("00",), "0([1-9][0-9]{2,12})".
    country: str = "1"
    abroad: tuple[str, ...] = ("011", "00")
    national: str = "1?([2-9][0-9]{9})"

    # Callers whose numbers begin so, however they are written.
    blocked: tuple[str, ...] = ("+1900", "+1976")
    block: Answer = Refuse(603)
    # A caller who withholds the number, or whose number cannot be read. None: the answer that any other number gets.
    without_number: Answer | None = None
    # While the line is open.
    regulars: Mapping[str, Answer] = field(default_factory=lambda: {"+14155550142": Transfer("tel:+14155550111")})
    # The ledger did not answer in time, so it is not known whether an open line has room.
    without_context: Answer = Accept()

    # A delivery that is older when it is received is late: nobody rings any more. The ring's longest time is not
    # published; the manifest's seconds_per_tree does the same for what waited in the queue.
    late_after: int = 15
    # The agent call_limit ends a call then.
    longest_call: int = 15 * 60

    realtime_model: Literal["gpt-realtime-2", "gpt-realtime-2.1", "gpt-realtime-2.1-mini"] = "gpt-realtime-2.1"
    live_model: Literal["gpt-live-1"] = "gpt-live-1"
    voice: Literal["alloy", "ash", "ballad", "cedar", "coral", "echo", "marin", "sage", "shimmer", "verse"] = "marin"

    def __post_init__(self) -> None:
        numbers = [*self.blocked, *self.lines, *self.regulars]
        if wrong := [one for one in numbers if not re.fullmatch(r"\+[1-9][0-9]*", one)]:
            raise ValueError(f"settings of reception: {', '.join(wrong)}: a plus, the country's code and digits")


SETTINGS: Final = Settings()
