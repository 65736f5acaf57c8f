"""Which answer a call gets, by the settings. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from functions.agents.reception.numbers import international
from functions.agents.reception.settings import Accept, Answer, Line, Refuse, Settings

Why = Literal["open", "closed", "regular", "no_context", "no_number", "blocked", "full"]


@dataclass(frozen=True)
class Ringing:
    """A call that rings since `at`, unix seconds; the caller's `number` and the `line`, None if it does not say.

    Both are as `international` has them.
    """

    number: str | None
    line: str | None
    at: int

    @classmethod
    def of(cls, number: str | None, line: str | None, at: int, settings: Settings) -> "Ringing":
        """The call, with its numbers as they are compared."""
        return cls(international(number, settings), international(line, settings), at)


@dataclass(frozen=True)
class Decision:
    """An answer, and why it is given."""

    answer: Answer
    why: Why

    @property
    def takes_place(self) -> bool:
        """Whether the call goes on, and counts for its line."""
        return not isinstance(self.answer, Refuse)


def line_of(call: Ringing, settings: Settings) -> Line:
    """The called line as the settings describe it."""
    return settings.lines.get(call.line or "", settings.other_line)


def decided(call: Ringing, settings: Settings) -> Decision:
    """The decision by the numbers and the time alone, as if the line had room."""
    line = line_of(call, settings)
    if call.number and call.number.startswith(settings.blocked):
        return Decision(settings.block, "blocked")
    if call.number is None and settings.without_number:
        return Decision(settings.without_number, "no_number")
    if not is_open(line, call.at, settings):
        return Decision(line.closed, "closed")
    if regular := settings.regulars.get(call.number or ""):
        return Decision(regular, "regular")
    return Decision(line.is_open, "open")


def with_room(found: Decision, room: bool | None, line: Line, settings: Settings) -> Decision:
    """The decision if the line has room for the call, or not, or if nobody said in time: None."""
    if room:
        return found
    if room is not None:
        return Decision(line.full, "full")
    return Decision(settings.without_context, "no_context") if found.why in ("open", "regular") else found


def is_open(line: Line, at: int, settings: Settings) -> bool:
    """Whether the line is open at a time, unix seconds: by the clock of the settings' time zone, in summer and winter.

    Hours that end before they begin are those of a night; the day on which it began counts.
    """
    there = datetime.fromtimestamp(at, ZoneInfo(settings.time_zone))
    return _opened(line, there, there, settings) or _opened(line, there - timedelta(days=1), there, settings)


def _opened(line: Line, day: datetime, there: datetime, settings: Settings) -> bool:
    """Whether the line is open at a time because of the hours of a day, which is the same or the one before."""
    if day.date() in settings.holidays or day.weekday() not in line.hours:
        return False
    opens, closes = line.hours[day.weekday()]
    if day.date() != there.date():
        return closes < opens and there.time() <= closes
    return opens <= there.time() and (closes < opens or there.time() <= closes)


def acquainted(found: Decision, answered: int) -> Decision:
    """The decision on a number that was answered before. Nothing that a caller wrote gets into the instructions."""
    if not isinstance(found.answer, Accept) or not answered:
        return found
    times = "once" if answered == 1 else f"{answered} times"
    text = f"{found.answer.instructions} Calls from this number were answered {times} before: welcome them back."
    return replace(found, answer=Accept(text))
