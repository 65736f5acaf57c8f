"""No time is left out between two runs, and none is looked at that the provider or the delivery table has forgotten."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core.ingress.claims import KEEP_SECONDS
from functions.core.manifests.reconcile import MOST_SECONDS, ReconcileManifest
from functions.core.platform.errors import PermanentError
from functions.core.reconcile.report import Missing, Report
from functions.core.reconcile.windows import FIRST_SECONDS, moved, reachable, window

DAY = 24 * 3600
STRIPE = ReconcileManifest("stripe", listing="event.list", keeps=29 * DAY, lag=600)
NOW = 1_790_000_100.0


def report(since: float, until: float, **what) -> Report:
    return Report("stripe", since, until, **what)


def test_the_first_run_looks_back_a_day():
    assert window(STRIPE, NOW, None) == window(STRIPE, NOW, NOW - 600 - FIRST_SECONDS)


@settings(max_examples=100)
@given(st.lists(st.tuples(st.integers(1, 3 * DAY), st.booleans()), min_size=1, max_size=20))
def test_the_runs_of_a_schedule_leave_no_time_out(runs):
    """Also if some are not whole: the next one begins where the last whole one ended."""
    now, mark = NOW, None
    for pause, whole in runs:
        now += pause
        oldest, mark = now - STRIPE.keeps, reachable(STRIPE, now, mark)
        found = window(STRIPE, now, mark)
        assert oldest <= found.since <= found.until == now - STRIPE.lag
        assert mark is None or found.since <= mark
        new = moved(mark, report(found.since, found.until, stopped="" if whole else "down"))
        assert new == (found.until if whole and found.until > (mark or 0) else None)
        mark = new or mark


def test_a_source_that_was_not_reconciled_for_longer_than_is_listed_goes_on():
    """What is forgotten cannot be looked at, and must not keep the mark where it is."""
    mark = reachable(STRIPE, NOW, NOW - 40 * DAY)
    found = window(STRIPE, NOW, mark)
    assert (found.since, moved(mark, report(found.since, found.until))) == (NOW - 29 * DAY, NOW - 600)


@pytest.mark.parametrize(
    "what",
    [
        {"missing": (Missing("a", NOW, "failed"),)},
        {"unmatched": ("no id",)},
        {"stopped": "down"},
        {"under_way": 1},
    ],
)
def test_a_run_that_is_not_settled_moves_no_mark(what):
    """The next one looks at the same again."""
    assert moved(NOW - DAY, report(NOW - DAY, NOW, **what)) is None


def test_a_run_after_the_mark_does_not_move_it():
    """What lies between them was not looked at."""
    assert moved(NOW - DAY, report(NOW - 600, NOW)) is None
    assert moved(NOW - DAY, report(NOW - 2 * DAY, NOW)) == NOW
    assert moved(NOW, report(NOW - 2 * DAY, NOW - DAY)) is None


def test_an_operator_may_not_ask_for_what_is_forgotten_or_under_way():
    """A claim that is gone would make an old delivery a new event."""
    assert window(STRIPE, NOW, NOW, NOW - 2 * DAY).since == NOW - 2 * DAY
    with pytest.raises(PermanentError, match="the last 696 hours only"):
        window(STRIPE, NOW, None, NOW - 31 * DAY)
    with pytest.raises(PermanentError, match="go back more"):
        window(STRIPE, NOW, None, NOW - 600)


def test_whatever_is_listed_is_a_day_younger_than_its_claim():
    """A claim that ends while a listing is read would be published again."""
    assert MOST_SECONDS + DAY <= KEEP_SECONDS
