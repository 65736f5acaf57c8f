"""Which answer a call gets, by the settings. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from functions.agents.reception.settings import Accept, Answer, Line, Settings

Why = Literal["open", "closed", "regular", "no_context", "blocked", "full"]


@dataclass(frozen=True)
class Ringing:
    """A call that rings since `at`, unix seconds; the caller's `number` and the `line`, None if it does not say."""

    number: str | None
    line: str | None
    at: int


@dataclass(frozen=True)
class Known:
    """What the timelines say: how many calls of the line may still go on, and how often the number was answered."""

    going_on: int = 0
    answered: int = 0


@dataclass(frozen=True)
class Decision:
    """An answer, and why it is given."""

    answer: Answer
    why: Why


def line_of(call: Ringing, settings: Settings) -> Line:
    """The called line as the settings describe it."""
    return settings.lines.get(call.line or "", settings.other_line)


def decided_without(call: Ringing, settings: Settings) -> Decision | None:
    """The decision on a call for which nothing else need be known, None for all others."""
    line = line_of(call, settings)
    if call.number and call.number.startswith(settings.blocked):
        return Decision(settings.block, "blocked")
    if not is_open(line, call.at, settings):
        return Decision(line.closed, "closed")
    return None


def decided(call: Ringing, known: Known | None, settings: Settings) -> Decision:
    """The decision on a call to an open line; `known` is None if the timelines did not answer."""
    line = line_of(call, settings)
    if known is None:
        return Decision(settings.without_context, "no_context")
    if known.going_on >= line.most_calls:
        return Decision(line.full, "full")
    if regular := settings.regulars.get(call.number or ""):
        return Decision(regular, "regular")
    return Decision(_acquainted(line.is_open, known), "open")


def is_open(line: Line, at: int, settings: Settings) -> bool:
    """Whether the line is open at a time, unix seconds."""
    there = datetime.fromtimestamp(at, ZoneInfo(settings.time_zone))
    if there.date() in settings.holidays or there.weekday() not in line.hours:
        return False
    opens, closes = line.hours[there.weekday()]
    return opens <= there.time() <= closes


def _acquainted(answer: Answer, known: Known) -> Answer:
    """The answer to a number that has called before. Nothing that a caller wrote becomes part of the instructions."""
    if not isinstance(answer, Accept) or not known.answered:
        return answer
    times = "once" if known.answered == 1 else f"{known.answered} times"
    return Accept(f"{answer.instructions} Calls from this number were answered {times} before: welcome them back.")
