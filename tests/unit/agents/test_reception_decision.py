"""Opening hours, holidays and the order of the answers."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from functions.agents.reception.decision import Decision, Known, Ringing, decided, decided_without, is_open
from functions.agents.reception.settings import OFFICE, SETTINGS, Accept, Line, Refuse

DESK = Line(hours=OFFICE, closed=Refuse(480))
THERE = "America/Los_Angeles"


def at(text, zone=THERE):
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


@pytest.mark.parametrize(
    ("time", "zone", "expected"),
    [
        ("2026-11-27T09:00", THERE, True),
        ("2026-11-27T18:00", THERE, True),
        ("2026-11-27T08:59", THERE, False),
        ("2026-11-27T18:01", THERE, False),
        ("2026-11-28T12:00", THERE, False),  # a Saturday
        ("2026-12-25T12:00", THERE, False),  # a Friday, and a holiday
        ("2026-07-01T16:30", "UTC", True),  # 09:30 there, in summer
        ("2026-12-01T16:30", "UTC", False),  # 08:30 there, in winter
        ("2026-11-30T02:00", "UTC", False),  # Sunday evening there
    ],
)
def test_a_line_is_open_by_the_clock_of_its_time_zone(time, zone, expected):
    assert is_open(DESK, at(time, zone), SETTINGS) is expected


def calling(number=None, line=None):
    return Ringing(number, line, at("2026-11-27T12:00"))


@pytest.mark.parametrize(
    ("call", "known", "why"),
    [
        (calling(), Known(), "open"),
        (calling("+14155550142"), Known(), "regular"),
        (calling("+14155550142"), Known(going_on=3), "full"),
        (calling("+14155550142"), None, "no_context"),
        (calling(line="+14155550199"), Known(going_on=19), "open"),
        (calling(line="+14155550199"), Known(going_on=20), "full"),
        (calling(line="+14155550123"), Known(going_on=3), "full"),  # a number that nobody described
    ],
)
def test_the_first_reason_that_holds_decides(call, known, why):
    assert decided(call, known, SETTINGS).why == why


def test_a_blocked_caller_is_blocked_at_any_time():
    closed = replace(SETTINGS, other_line=DESK)
    night = Ringing("+19005550100", None, at("2026-11-27T03:00"))
    assert decided_without(night, closed) == Decision(SETTINGS.block, "blocked")
    assert decided_without(replace(night, number="+14155550100"), closed) == Decision(DESK.closed, "closed")
    assert decided_without(calling("+14155550100"), closed) is None


def test_only_a_number_that_was_answered_before_is_welcomed_back():
    assert decided(calling("+1415"), Known(), SETTINGS).answer == Accept()
    assert "once before" in decided(calling("+1415"), Known(answered=1), SETTINGS).answer.instructions
