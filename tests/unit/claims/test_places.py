"""Places that are limited: never more than there are, however many come at once and whichever process dies."""

import random
from collections import Counter
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.core.claims.places import Place, Places, current, given_back, taken
from functions.core.claims.rows import Rows
from functions.core.platform.errors import RetryableError
from hookline.simulation.world import World

LINE, TERM = "openai:line/+14155550199", 900
NAMES = st.sampled_from(["a", "b", "c", "d"])
ACTS = st.lists(st.tuples(st.sampled_from(["take", "back", "free", "wait"]), NAMES, NAMES), max_size=30)


@pytest.fixture
def make_places(make_rows):
    """Makes the places of one process."""
    return lambda client=None: Places(make_rows(client))


@pytest.fixture
def take(make_places):
    """Takes one of two places for a holder, in a name."""
    return lambda holder, by="", line=LINE: make_places().take(line, "calls", holder, by or holder, 2, TERM, 5)


def test_there_are_as_many_places_as_there_are(take):
    """A holder has one place, however often it comes; another line has its own."""
    assert [take(holder).taken for holder in ("a", "b", "c", "a")] == [True, True, False, True]
    assert take("c") == Place(taken=False, held=2)
    assert take("c", line="openai:line/+14155550198") == Place(taken=True, held=1)


def test_a_place_that_is_given_back_or_whose_time_is_over_is_free(take, make_places, now):
    take("a"), take("b")
    make_places().give_back(LINE, "calls", "a", "a", 5)
    make_places().give_back(LINE, "calls", "nobody", "", 5)
    assert take("c").taken and not take("d").taken
    now.now += TERM
    assert take("d") == Place(taken=True, held=1)


def test_what_two_webhooks_took_is_free_when_both_gave_it_back_or_the_call_is_over(take, make_places):
    take("call", "first"), take("call", "second"), take("b")
    make_places().give_back(LINE, "calls", "call", "first", 5)
    assert not take("c").taken
    make_places().give_back(LINE, "calls", "call", "", 5)
    assert take("c").taken


class Late:
    """A client between whose look and write others always get in."""

    def __init__(self, dynamodb, between):
        self._dynamodb, self._between = dynamodb, between

    def update_item(self, **request):
        self._between()
        return self._dynamodb.update_item(**request)


def test_who_comes_too_late_looks_again_and_gives_up_in_the_end(make_places, dynamodb, take):
    others = iter("bcdefghijklmnop")
    between = iter([lambda: take("b", line="x:y/1"), lambda: take("c", line="x:y/1")])
    late = make_places(Late(dynamodb, lambda: next(between, lambda: None)()))
    assert not late.take("x:y/1", "calls", "a", "a", 2, TERM, 5).taken
    always = make_places(Late(dynamodb, lambda: make_places().take("x:y/2", "calls", next(others), "z", 99, TERM, 5)))
    with pytest.raises(RetryableError, match="others got in between"):
        always.take("x:y/2", "calls", "a", "a", 99, TERM, 5)


@given(ACTS)
def test_whatever_happens_no_more_are_held_than_there_are(acts):
    """And each is held by who took it and has not given it back, until its time."""
    held, now, expected = {}, 0, {}
    for act, holder, by in acts:
        held = current(held, now)
        expected = {one: place for one, place in expected.items() if place[1] > now}
        if act == "take":
            found = taken(held, holder, by, 2, now + 10)
            assert (found is None) == (holder not in expected and len(expected) == 2)
            if found is not None:
                held = found
                expected[holder] = (expected.get(holder, (set(), 0))[0] | {by}, now + 10)
        elif act in ("back", "free"):
            held = given_back(held, holder, by if act == "back" else "")
            left = expected.get(holder, (set(), 0))[0] - {by} if act == "back" else set()
            expected = {one: place for one, place in expected.items() if one != holder} | (
                {holder: (left, expected[holder][1])} if left else {}
            )
        else:
            now += 4
        assert held.keys() == expected.keys() and len(held) <= 2


CALLS, MOST, DEATHS = 60, 20, 0.2


class Died(Exception):
    """The process is gone, and its event comes again."""


class Connection:
    """A process's client: a call takes milliseconds, in which others get in between, and its process may die."""

    def __init__(self, dynamodb, world, chance) -> None:
        self._dynamodb, self._world, self._chance = dynamodb, world, chance

    def update_item(self, **request):
        fate = self._chance.random()
        self._world.sleep(0.001 + 0.003 * self._chance.random())
        if fate < DEATHS / 2:
            raise Died
        try:
            return self._dynamodb.update_item(**request)
        finally:
            if fate > 1 - DEATHS / 2:
                raise Died


def test_of_calls_at_once_exactly_as_many_as_there_are_places_get_one(dynamodb, table):
    """In virtual time, with processes that die before or after a write; some calls come by two webhooks."""
    chance = random.Random(5)  # noqa: S311 - the same in each run
    world, name, found = World(1_790_000_000.0), table("ledger"), {}

    def call(number: int) -> None:
        holder = f"dialog{number % CALLS}"
        while True:
            places = Places(Rows(Connection(dynamodb, world, chance), name, world, world, wait))
            try:
                found.setdefault(holder, set()).add(
                    places.take(LINE, "calls", holder, f"{number}", MOST, TERM, 60).taken
                )
                return
            except Died:
                world.sleep(chance.random())

    def wait(tries: int) -> None:
        world.sleep(chance.random() * min(0.02 * 2**tries, 2.0))

    for number in range(CALLS + CALLS // 4):
        world.start(partial(call, number))
    world.run()
    assert Counter(map(frozenset, found.values())) == {frozenset({True}): MOST, frozenset({False}): CALLS - MOST}
