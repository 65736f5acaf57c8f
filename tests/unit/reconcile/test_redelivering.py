"""A provider that delivers again when it is asked: what is asked for, what is lost, and when all is settled."""

from types import SimpleNamespace

import pytest

from functions.core.ingress.builder import EventBuilder
from functions.core.manifests.reconcile import Attempt, Page, ReconcileManifest
from functions.core.platform.errors import RetryableError
from functions.core.reconcile.redelivering import MOST_ATTEMPTS, Redeliverer
from functions.core.reconcile.run import Ways
from functions.providers.github.source import MANIFEST as GITHUB
from tests.unit.reconcile.sent import NOW, WINDOW

PAGE = 3
EVENT = {"x-github-event": "push"}


def attempt(guid, number, ago=100.0, succeeded=False):
    return Attempt(NOW - ago, guid, number, succeeded, "200" if succeeded else "502", EVENT)


def id_of(guid):
    return f"github:{guid}/push"


class World:
    """Lists `attempts`, the newest first, PAGE on each page; notes what it is asked to deliver again."""

    def __init__(self, *attempts, states=None):
        self.attempts = sorted(attempts, key=lambda one: -one.at)
        self.states = states or {}
        self.asked, self.reads, self.fails_at, self.refuses = [], 0, -1, None

    def read(self, listing, arguments):
        if listing == "hook.redeliver":
            if self.refuses:
                raise self.refuses
            self.asked.append(arguments["delivery"])
            return {}
        self.reads += 1
        if self.reads - 1 == self.fails_at:
            raise RetryableError("the provider is down")
        return int(arguments["after"] or 0)

    def page(self, start, window):
        end = start + PAGE
        return Page((), str(end) if end < len(self.attempts) else "", (), self.attempts[start:end])

    def run(self, dry=False, ends=NOW + 100):
        manifest = ReconcileManifest("github", listing="hook.list", redelivers="hook.redeliver", keeps=259_200, lag=0)
        provider = SimpleNamespace(MANIFEST=manifest, arguments=lambda window, after: {"after": after}, page=self.page)
        ways = Ways(self.read, lambda ids: {id: self.states.get(id, "missing") for id in ids}, lambda bodies: ())
        builder = EventBuilder(GITHUB, lambda _: None)
        return Redeliverer(provider, builder, ways, lambda: NOW, ends, dry).run(WINDOW)


def test_only_what_no_attempt_delivered_is_asked_for():
    """A later success counts, on whatever page; each delivery is asked for once, by its latest attempt."""
    world = World(
        attempt("a", 1, 900),
        attempt("b", 2, 800),
        attempt("a", 3, 700, succeeded=True),
        attempt("c", 4, 600, succeeded=True),
        attempt("d", 5, 500),
    )
    report = world.run()
    assert sorted(world.asked) == [2, 5]
    assert (report.listed, report.arrived, report.redelivered, report.lost) == (4, 2, 2, [])
    assert (report.is_whole, report.is_settled) == (True, False)


def test_a_dry_run_asks_for_nothing():
    world = World(attempt("a", 1))
    assert [one.outcome for one in world.run(dry=True).missing] == ["not published"]
    assert world.asked == []


def test_what_is_on_record_or_being_published_is_not_asked_for():
    """The provider got no answer, or not yet."""
    world = World(attempt("a", 1), attempt("b", 2), states={id_of("a"): "arrived", id_of("b"): "under way"})
    report = world.run()
    assert (world.asked, report.arrived, report.under_way, report.is_settled) == ([], 1, 1, False)


def test_what_fails_again_is_lost_until_it_succeeds_and_asked_for_so_often():
    """An alarm fires, because asking again does not mend what refuses it."""
    world = World(attempt("a", 1, 900), attempt("a", 2, 300))
    (lost,) = world.run().lost
    assert (world.asked, lost.outcome) == ([2], "failed")
    assert lost.reason == "2 attempts failed, the last with 502"
    many = World(*(attempt("a", number, 900 - number) for number in range(MOST_ATTEMPTS)))
    (lost,) = many.run().lost
    assert (many.asked, lost.reason) == ([], "10 attempts failed, the last with 502; it is not asked for again")


def test_an_attempt_after_the_window_may_not_be_over():
    """So its delivery is neither lost nor asked for again."""
    world = World(attempt("a", 1, 900), attempt("a", 2, -1))
    report = world.run()
    assert (world.asked, report.under_way, report.missing, report.is_settled) == ([], 1, (), False)


def test_a_delivery_outside_the_window_is_not_looked_at():
    assert World(attempt("a", 1, 5000), attempt("b", 2, -1)).run().listed == 0


def test_what_the_provider_does_not_deliver_again_is_lost_with_the_reason():
    world = World(attempt("a", 1))
    world.refuses = RetryableError("github answered 422")
    (lost,) = world.run().lost
    assert (lost.outcome, lost.reason) == ("failed", "github answered 422")


@pytest.mark.parametrize("fails_at", [0, 1])
def test_a_listing_that_breaks_off_keeps_what_was_read_and_is_not_whole(fails_at):
    """Later attempts come first, so what was read is decided rightly."""
    world = World(*(attempt(f"g{number}", number, 100 + number) for number in range(1, 6)))
    world.fails_at = fails_at
    report = world.run()
    assert (len(world.asked), report.stopped, report.is_whole) == (PAGE * fails_at, "the provider is down", False)


def test_without_time_left_nothing_is_read_or_asked():
    world = World(attempt("a", 1))
    report = world.run(ends=NOW)
    assert (world.reads, world.asked, report.stopped) == (0, [], "the time was up")
