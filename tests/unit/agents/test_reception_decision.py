"""Opening hours, holidays and the order of the answers."""

from dataclasses import replace
from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from functions.agents.reception.decision import Decision, Ringing, acquainted, decided, is_open, line_of, with_room
from functions.agents.reception.numbers import international
from functions.agents.reception.settings import OFFICE, SETTINGS, Accept, Line, Refuse, Settings

DESK = Line(hours=OFFICE, closed=Refuse(480))
THERE = "America/Los_Angeles"


def at(text, zone=THERE):
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


@pytest.mark.parametrize(
    ("when", "zone", "expected"),
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
def test_a_line_is_open_by_the_clock_of_its_time_zone(when, zone, expected):
    assert is_open(DESK, at(when, zone), SETTINGS) is expected


NIGHT = Line(hours={4: (time(22), time(6))})  # Friday


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2026-11-27T21:59", False),
        ("2026-11-27T22:00", True),
        ("2026-11-28T06:00", True),
        ("2026-11-28T06:01", False),
        ("2026-11-27T03:00", False),  # that is Thursday's night
        ("2026-12-26T03:00", False),  # Friday was a holiday
    ],
)
def test_hours_that_end_on_the_next_day_are_those_of_a_night(when, expected):
    assert is_open(NIGHT, at(when), SETTINGS) is expected


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2026-03-08T09:59", False),  # 01:59, before the clock goes forward
        ("2026-03-08T10:00", False),  # 03:00: two o'clock does not happen
        ("2026-11-01T08:30", True),  # 01:30, in summer time
        ("2026-11-01T09:30", True),  # 01:30 again, in winter time
        ("2026-11-01T10:00", False),
    ],
)
def test_the_hour_that_happens_twice_or_never_is_read_from_the_clock(when, expected):
    """A line that is open on Sundays from two to three in March, and from one to two in November."""
    early = Line(hours={6: (time(1), time(1, 59, 59)) if "11-01" in when else (time(2), time(2, 59))})
    assert is_open(early, at(when, "UTC"), SETTINGS) is expected


def calling(number=None, line=None, when="2026-11-27T12:00"):
    return Ringing.of(number, line, at(when), SETTINGS)


@pytest.mark.parametrize(
    ("call", "room", "why"),
    [
        (calling(), True, "open"),
        (calling("+14155550142"), True, "regular"),
        (calling("+14155550142"), False, "full"),
        (calling("+14155550142"), None, "no_context"),
        (calling(line="+14155550177"), None, "closed"),
        (calling(line="+14155550177"), False, "full"),
        (calling("+19005550100"), True, "blocked"),
    ],
)
def test_the_first_reason_that_holds_decides(call, room, why):
    assert with_room(decided(call, SETTINGS), room, line_of(call, SETTINGS), SETTINGS).why == why


def test_a_blocked_caller_is_blocked_at_any_time():
    closed = replace(SETTINGS, other_line=DESK)
    night = calling("+19005550100", when="2026-11-27T03:00")
    assert decided(night, closed) == Decision(SETTINGS.block, "blocked")
    assert decided(replace(night, number="+14155550100"), closed) == Decision(DESK.closed, "closed")
    assert decided(calling("+14155550100"), closed).why == "open"


def test_only_a_number_that_was_answered_before_is_welcomed_back():
    found = decided(calling("+14155550100"), SETTINGS)
    assert acquainted(found, 0).answer == Accept()
    assert "once before" in acquainted(found, 1).answer.instructions
    assert acquainted(Decision(Refuse(603), "blocked"), 3).answer == Refuse(603)


GERMANY = replace(SETTINGS, country="49", abroad=("00",), national="0([1-9][0-9]{2,12})")


@pytest.mark.parametrize(
    ("written", "settings", "expected"),
    [
        ("+4930123456", SETTINGS, "+4930123456"),
        ("004930123456", GERMANY, "+4930123456"),
        ("030123456", GERMANY, "+4930123456"),
        ("4930123456", GERMANY, "+4930123456"),
        ("0114930123456", SETTINGS, "+4930123456"),
        ("4155550100", SETTINGS, "+14155550100"),
        ("14155550100", SETTINGS, "+14155550100"),
        ("911", SETTINGS, "911"),
        (None, SETTINGS, None),
    ],
)
def test_a_number_is_compared_in_one_form(written, settings, expected):
    assert international(written, settings) == expected


def test_a_number_in_the_settings_that_could_never_match_is_refused():
    with pytest.raises(ValueError, match=r"settings of reception: 1900: a plus, the country's code and digits"):
        Settings(blocked=("+1976", "1900"))
