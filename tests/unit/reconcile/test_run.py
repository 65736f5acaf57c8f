"""A reconciliation accounts for everything that the provider lists, publishes what is missing, and invents nothing."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core.manifests.reconcile import Page
from functions.core.reconcile import run
from tests.unit.reconcile.sent import NOW, WINDOW, Listing, World, event

STATES = st.sampled_from(["arrived", "under way", "missing"])


@settings(max_examples=60)
@given(st.lists(STATES, max_size=20))
def test_each_listed_event_is_counted_once_and_the_missing_are_published_once(states):
    """Whatever arrived, and however many pages there are."""
    ids = [f"stripe:evt_{number}" for number, _ in enumerate(states)]
    world = World([event(number) for number, _ in enumerate(states)], dict(zip(ids, states, strict=True)))
    report = world.reconciler().run(WINDOW)
    assert report.listed == len(states) == report.arrived + report.under_way + len(report.missing)
    missing = [id for id, state in zip(ids, states, strict=True) if state == "missing"]
    assert world.ingested == [one.id for one in report.missing] == missing
    assert (report.lost, report.is_whole) == ([], True)
    assert report.is_settled == ("under way" not in states)
    assert world.reconciler().run(WINDOW).missing == ()


def test_a_dry_run_publishes_nothing_and_counts_the_missing_as_lost():
    """Until they are published, they are."""
    world = World([event(number) for number in range(4)], {"stripe:evt_0": "arrived"})
    report = world.reconciler(dry=True).run(WINDOW)
    assert world.ingested == []
    assert [one.outcome for one in report.lost] == ["not published"] * 3
    assert not report.is_whole


@pytest.mark.parametrize(
    ("says", "counts"),
    [
        (("duplicate", ""), (1, 0, 0)),
        (("in flight", ""), (0, 1, 0)),
        (("unreadable", "no amount"), (0, 0, 1)),
        (("failed", "the bus refuses"), (0, 0, 1)),
        (("a word of tomorrow", ""), (0, 0, 1)),
    ],
)
def test_what_a_verifier_says_of_a_missing_event_is_what_is_reported(says, counts):
    """It may have arrived meanwhile; a word that is not known is a failure."""
    world = World([event(1)])
    world.says = says
    report = world.reconciler().run(WINDOW)
    assert (report.arrived, report.under_way, len(report.lost)) == counts
    assert [one.reason for one in report.lost] == [says[1]] * counts[2]


def test_a_verifier_that_answers_for_too_few_leaves_all_of_them_lost():
    """Nobody knows which it means."""
    world = World([event(1), event(2)])
    reconciler = world.reconciler()
    report = replace(reconciler, ways=replace(reconciler.ways, ingest=lambda bodies: [("published", "")])).run(WINDOW)
    assert [one.outcome for one in report.missing] == ["failed", "failed"]


@pytest.mark.parametrize("fails_at", [0, 1, 2])
def test_a_listing_that_breaks_off_keeps_what_was_found_and_is_not_whole(fails_at):
    """What was read is published; the rest is not known."""
    world = World([event(number) for number in range(9)])
    world.fails_at = fails_at
    report = world.reconciler().run(WINDOW)
    assert (report.listed, len(world.ingested), report.stopped) == (3 * fails_at, 3 * fails_at, "the provider is down")
    assert not report.is_whole


def test_without_time_left_it_stops_before_the_next_page():
    """Lambda would end it in between."""
    world = World([event(1)])
    report = world.reconciler(ends=NOW).run(WINDOW)
    assert (world.reads, report.stopped) == (0, "the time was up")


def test_a_provider_that_lists_the_same_page_again_is_not_read_forever(monkeypatch):
    """Nor one that never ends."""
    world, cursors = World([event(1)]), iter(["5", "6", "5"])
    monkeypatch.setattr(Listing, "page", lambda self, answer, window: Page((), next(cursors)))
    assert world.reconciler().run(WINDOW).stopped == "the provider lists the same page again"
    assert world.reads == 3
    cursors = map(str, itertools.count())
    monkeypatch.setattr(Listing, "page", lambda self, answer, window: Page((), next(cursors)))
    assert world.reconciler().run(WINDOW).stopped == f"it has more than {run.MOST_PAGES} pages"


def test_an_event_outside_the_window_is_not_looked_at():
    """A younger one may be under way, an older one's claim may be gone."""
    world = World([event(0, created=WINDOW.until), event(1), event(2, created=WINDOW.since - 1)])
    assert [one.id for one in world.reconciler().run(WINDOW).missing] == ["stripe:evt_1"]


@pytest.mark.parametrize("id", [None, "", 1.5, True, "x" * 300, ["evt_1"], {}])
def test_an_item_without_an_id_is_reported_and_not_published(id):
    """Whether it arrived is not known, and nothing is invented."""
    world = World([event(1, id=id), event(2)])
    report = world.reconciler().run(WINDOW)
    assert world.ingested == ["stripe:evt_2"]
    assert (len(report.unmatched), report.is_whole) == (1, False)


def test_an_event_that_is_listed_twice_counts_once():
    """On one page, or because a new one moved it to the next."""
    world = World([event(1), event(1), event(2), event(2), event(1)])
    report = world.reconciler().run(WINDOW)
    assert (report.listed, world.ingested) == (2, ["stripe:evt_1", "stripe:evt_2"])
