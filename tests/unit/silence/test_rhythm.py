"""A source's rhythm: whatever it is, its own pauses are no silence, and a lost one is."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core.silence.deliveries import Heard, heard_of
from functions.core.silence.rhythm import HOUR, LEAST_DELIVERIES, LEAST_SECONDS, SLOT, WEEK, WEEKS, Rhythm, rhythm

END = int(datetime(2026, 11, 2, tzinfo=UTC).timestamp())  # a Monday
DAY = 24 * HOUR
START = END - WEEKS * WEEK * HOUR
STABLE = settings(derandomize=True, deadline=None, database=None, max_examples=60)


def slots(each, per=1.0, start=START, end=END):
    """Deliveries in each slot for whose begin `each` is true."""
    return {at: per for at in range(start, end, SLOT) if each(at)}


def steady(every, **more):
    return slots(lambda at: (at - START) % every == 0, **more)


def working_hours(at):
    return (at // DAY + 3) % 7 < 5 and 8 <= at % DAY // HOUR < 18  # day 0 was a Thursday


def alarm_after(counts, step=SLOT, most=30 * DAY):
    """The seconds after the last delivery at which the silence becomes unusual, None if it does not."""
    last = max(counts) + SLOT
    return next((late for late in range(0, most, step) if heard_of(counts, last + late).is_silent), None)


def test_a_busy_source_is_missed_after_half_an_hour_and_a_rare_one_after_days():
    """The same rule for both: no number of minutes is anywhere but the least."""
    assert alarm_after(steady(SLOT, per=80)) == LEAST_SECONDS
    rare = alarm_after(steady(5 * HOUR), step=HOUR)
    assert 30 * HOUR < rare < 60 * HOUR


def test_a_night_and_a_weekend_take_no_time():
    """From Friday evening to Monday morning nothing is expected; an hour into Monday something is."""
    counts = slots(working_hours, per=10)
    friday, monday = max(counts), END + 8 * HOUR
    assert datetime.fromtimestamp(friday, UTC).strftime("%a %H:%M") == "Fri 17:55"
    for now in (friday + HOUR, friday + DAY, monday):
        assert not heard_of(counts, now).is_silent
    assert heard_of(counts, monday + HOUR).is_silent


def test_one_batch_a_day_is_no_silence_in_between_and_a_missing_one_is():
    """Two hundred within five minutes each morning."""
    counts = slots(lambda at: at % DAY == 9 * HOUR, per=200)
    last = max(counts)
    assert not any(heard_of(counts, last + late).is_silent for late in range(0, DAY, SLOT))
    assert heard_of(counts, last + DAY + HOUR).is_silent


def test_an_outage_in_its_history_does_not_become_the_rule():
    outage = range(END - 10 * DAY, END - 9 * DAY)
    counts = {at: one for at, one in steady(SLOT, per=80).items() if at not in outage}
    assert alarm_after(counts) < 2 * HOUR


def test_a_source_that_has_become_rare_is_measured_by_its_own_gaps():
    """Its rates still remember the busy weeks, its pauses do not."""
    busy, rare = steady(SLOT, per=80, end=END - 14 * DAY), steady(5 * HOUR, start=END - 14 * DAY)
    assert alarm_after({**busy, **rare}, step=HOUR) > 5 * HOUR


@pytest.mark.parametrize(
    "counts",
    [
        {},
        steady(SLOT, start=END - 13 * DAY),
        steady(14 * HOUR),
        {START: LEAST_DELIVERIES - 1.0},
        {END: 1000.0, END + SLOT: 1000.0},
    ],
    ids=["nothing", "not two weeks", "48 deliveries", "one less", "later than the end"],
)
def test_too_little_is_no_rhythm(counts):
    assert rhythm(counts, END) is None


def test_a_source_that_never_spoke_or_is_gone_for_long_raises_nothing():
    """Nothing is invented; the alarm of a source that was taken away ends once its history is over."""
    assert heard_of({}, END) == Heard()
    counts = steady(SLOT, per=80)
    assert heard_of(counts, END + 20 * DAY).is_silent
    left = {at: one for at, one in counts.items() if at > END - 13 * DAY}
    assert heard_of(left, END + 43 * DAY).silence is None


def test_a_delivery_of_the_present_slot_was_not_in_the_future():
    assert heard_of(steady(SLOT), END - 200).last == END - 200


@STABLE
@given(
    rates=st.lists(st.floats(0, 1000), min_size=WEEK, max_size=WEEK),
    times=st.lists(st.integers(0, 60 * DAY), min_size=3, max_size=3).map(sorted),
)
def test_what_is_expected_adds_up(rates, times):
    """Over any two times that meet, and it never falls as time passes."""
    known, (a, b, c) = Rhythm(tuple(rates), 8.0), times
    whole = known.expected(a, c)
    assert whole == pytest.approx(known.expected(a, b) + known.expected(b, c), abs=1e-3)
    assert whole >= known.expected(a, b) >= 0
    assert known.expected(0, WEEK * HOUR) == pytest.approx(known.per_week)


@STABLE
@given(
    st.dictionaries(st.integers(START // SLOT, END // SLOT).map(lambda n: n * SLOT), st.floats(0, 1e6), max_size=80),
    st.integers(0, 90 * DAY),
)
def test_any_series_has_a_rhythm_or_none_and_silence_only_grows(counts, late):
    first, second = heard_of(counts, END + late), heard_of(counts, END + late + HOUR)
    assert first.silence is None or 0 <= first.silence <= second.silence
