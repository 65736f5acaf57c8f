"""Budgets: so many effects an event and a tree, reserved in one step, and a retry costs nothing."""

import itertools

import pytest

from functions.core.authority.grants import LIFETIME
from functions.core.gate.budgets import KEEP_SECONDS, Account, Budgets, Reservation, Spend, Used
from functions.core.manifests.agent import Budget
from functions.core.platform.errors import BudgetExceeded
from functions.core.reviews.opening import LONGEST
from functions.core.runtime import wakes

NOW = 1_790_000_000.0
BUDGET = Budget(effects_per_event=2, effects_per_tree=3)


@pytest.fixture
def budgets(dynamodb, table) -> Budgets:
    return Budgets(dynamodb, table("budgets"))


@pytest.fixture
def reserve(budgets):
    """Reserves an effect of the fraud agent's, for its first event unless told otherwise."""

    def reserve(key: str, agent: str = "fraud", event: str = "e1", tree: str = "t1", budget: Budget = BUDGET) -> float:
        return budgets.reserve_effect(Account("stripe", tree, agent, event, budget), key, NOW)

    return reserve


def test_an_event_has_as_many_effects_as_its_agent_declares_and_no_more(reserve):
    """The next one is refused, and says what was allowed."""
    reserve("a")
    reserve("b")
    with pytest.raises(BudgetExceeded, match="2 effects an event"):
        reserve("c")


def test_the_same_effect_again_costs_nothing(reserve):
    """A retry, or a copy of the event, must not eat the budget."""
    reserve("a")
    reserve("b")
    assert reserve("a") == reserve("b") == 1.0


def test_a_tree_has_so_many_effects_of_any_agent(reserve):
    """Agents that hand on to each other do not get a budget each."""
    reserve("a", agent="one", event="e1")
    reserve("b", agent="two", event="e2")
    reserve("c", agent="three", event="e3")
    with pytest.raises(BudgetExceeded, match="3 in the whole tree"):
        reserve("d", agent="four", event="e4")


def test_what_is_given_back_can_be_reserved_again(reserve, budgets):
    """By the same event, and by others of the tree."""
    reserve("a")
    reserve("b")
    budgets.give_back(Account("stripe", "t1", "fraud", "e1", BUDGET), "a")
    assert reserve("c") == 1.0
    with pytest.raises(BudgetExceeded):
        reserve("d")


def test_trees_do_not_pay_for_each_other(reserve):
    """Nor do the events of one tree for each other's own budget."""
    reserve("a")
    reserve("b")
    reserve("c", event="e2")
    reserve("d", tree="t2")


def test_an_agent_without_effects_has_none(reserve):
    """Not even a first one."""
    with pytest.raises(BudgetExceeded):
        reserve("a", budget=Budget(effects_per_event=0))


def test_what_is_used_up_is_of_the_tighter_of_the_two(reserve):
    """The agent stops before either is used up."""
    assert reserve("a", budget=Budget(effects_per_event=5, effects_per_tree=5)) == 0.2
    assert reserve("b", event="e2", budget=Budget(effects_per_event=1, effects_per_tree=5)) == 1.0


THINKS = Budget(
    model_calls_per_event=2, model_calls_per_tree=3, tokens_per_event=1000, tokens_per_tree=1500, usd_per_event="0.01"
)
CALL = Spend(model_calls=1, tokens=500, microdollars=4_000)


def account(event: str = "e1", agent: str = "thinker", budget: Budget = THINKS) -> Account:
    return Account("stripe", "t1", agent, event, budget)


@pytest.fixture
def call(budgets):
    """Reserves a model call, of the thinker for its first event unless told otherwise."""
    numbers = itertools.count(1)

    def call(most: Spend = CALL, event: str = "e1", agent: str = "thinker", budget: Budget = THINKS) -> Reservation:
        reservation = Reservation(str(next(numbers)), account(event, agent, budget), most)
        budgets.reserve(reservation, NOW)
        return reservation

    return call


def test_model_calls_tokens_and_dollars_are_reserved_together(call):
    """Two calls of 500 tokens use all of an event's 1,000."""
    call()
    call()
    with pytest.raises(BudgetExceeded, match="model calls .* and tokens .up to 500 of 1000 .* and US dollars"):
        call(Spend(model_calls=1, tokens=500, microdollars=7_000))


def test_the_refusal_names_only_what_is_used_up(call):
    """The operator raises that one."""
    call(Spend(1, 900, 100))
    with pytest.raises(BudgetExceeded) as refused:
        call(Spend(1, 200, 100))
    assert "tokens (up to 200 of 1000 an event, 1500 a tree)" in str(refused.value)
    assert "dollars" not in str(refused.value)


@pytest.mark.parametrize(
    "most",
    [Spend(model_calls=3), Spend(tokens=1001), Spend(microdollars=10_001)],
    ids=["model calls", "tokens", "dollars"],
)
def test_each_of_them_is_a_limit_by_itself(call, most):
    """Also for the very first call."""
    with pytest.raises(BudgetExceeded):
        call(most)


def test_a_tree_has_so_many_tokens_for_any_agent(call):
    """1,500 in all: a fourth event has none left."""
    for event, agent in (("e1", "one"), ("e2", "two"), ("e3", "three")):
        call(event=event, agent=agent)
    with pytest.raises(BudgetExceeded):
        call(event="e4", agent="four")


def test_what_was_reserved_and_not_used_is_given_back(budgets, call):
    """The reservation is the most that a call can use; few do."""
    assert budgets.settle(call(), Spend(model_calls=1, tokens=100, microdollars=800)) == Used(0.5, one_call_left=True)
    call(Spend(1, 900, 9_200))


def test_more_than_was_reserved_is_counted_too(budgets, call):
    """The provider counts; the next call finds less left."""
    budgets.settle(call(), Spend(model_calls=1, tokens=1400, microdollars=9_999))
    with pytest.raises(BudgetExceeded, match="tokens"):
        call(Spend(model_calls=1, tokens=1))


@pytest.mark.parametrize(("used", "last"), [(0, False), (1, True)], ids=["room for two", "a token too few"])
def test_the_agent_learns_when_one_more_call_is_its_last(budgets, call, used, last):
    """At half of its budget already, if its calls are large: a share alone would say so too late."""
    roomy = Budget(model_calls_per_event=9, tokens_per_event=1000, usd_per_event="0.50")
    call(Spend(1, used, 1), budget=roomy)
    settled = budgets.settle(call(Spend(1, 500, 1), budget=roomy), Spend(1, 0, 1))
    assert settled.one_call_left is last


def test_a_refused_reservation_uses_nothing(call):
    """Not even of what there would have been enough."""
    with pytest.raises(BudgetExceeded):
        call(Spend(model_calls=1, tokens=1001))
    call(Spend(model_calls=2))


def test_an_agent_that_declares_no_model_calls_has_none(call):
    with pytest.raises(BudgetExceeded):
        call(Spend(model_calls=1), budget=Budget())


@pytest.mark.parametrize("kept", [KEEP_SECONDS, wakes.KEEP_SECONDS], ids=["budget", "wakes"])
def test_what_a_tree_has_used_is_kept_for_longer_than_people_may_take_to_decide(kept):
    """Otherwise an approval that came late would find a tree with nothing used."""
    assert kept > LONGEST + LIFETIME


def test_what_the_sdk_repeats_is_reserved_and_settled_once(dynamodb, budgets, repeating):
    """Twice, a call would give back more than it reserved, or use up what nobody used."""
    reservation = Reservation("1", account(), CALL)
    Budgets(repeating, "budgets").reserve(reservation, NOW)
    Budgets(repeating, "budgets").settle(reservation, Spend(model_calls=1, tokens=7, microdollars=9))
    key = {"id": {"S": account().row}}
    item = dynamodb.get_item(TableName="budgets", Key=key)["Item"]
    assert {name: item[name]["N"] for name in ("model_calls", "tokens", "microdollars")} == {
        "model_calls": "1",
        "tokens": "7",
        "microdollars": "9",
    }


def test_a_reservation_that_nobody_settled_stays_and_is_seen(dynamodb, call):
    """Its connector died: the tree stays charged, and the item says for whom and since when."""
    reservation = call()
    item = dynamodb.get_item(TableName="budgets", Key={"id": {"S": account().row}})["Item"]
    assert item[reservation.attribute]["M"] == {
        "agent": {"S": "thinker"},
        "event": {"S": "e1"},
        "at": {"S": str(int(NOW))},
        "model_calls": {"N": "1"},
        "tokens": {"N": "500"},
        "microdollars": {"N": "4000"},
    }
