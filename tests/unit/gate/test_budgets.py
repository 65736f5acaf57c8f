"""Budgets: so many effects an event and a tree, reserved in one step, and a retry costs nothing."""

import pytest

from functions.core.authority.grants import LIFETIME
from functions.core.gate.budgets import KEEP_SECONDS, Account, Budgets, Spend
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


def test_model_calls_tokens_and_dollars_are_reserved_together(budgets):
    """Two calls of 500 tokens use all of an event's 1,000."""
    assert budgets.reserve(account(), CALL, NOW) == 0.5
    assert budgets.reserve(account(), CALL, NOW) == 1.0
    with pytest.raises(BudgetExceeded, match="thinker would use more microdollars or model_calls or tokens"):
        budgets.reserve(account(), CALL, NOW)


@pytest.mark.parametrize(
    "most",
    [Spend(model_calls=3), Spend(tokens=1001), Spend(microdollars=10_001)],
    ids=["model calls", "tokens", "dollars"],
)
def test_each_of_them_is_a_limit_by_itself(budgets, most):
    """Also for the very first call."""
    with pytest.raises(BudgetExceeded):
        budgets.reserve(account(), most, NOW)


def test_a_tree_has_so_many_tokens_for_any_agent(budgets):
    """1,500 in all: a third event has none left."""
    for event, agent in (("e1", "one"), ("e2", "two"), ("e3", "three")):
        budgets.reserve(account(event, agent), CALL, NOW)
    with pytest.raises(BudgetExceeded):
        budgets.reserve(account("e4", "four"), CALL, NOW)


def test_what_was_reserved_and_not_used_is_given_back(budgets):
    """The reservation is the most that a call can use; few do."""
    budgets.reserve(account(), CALL, NOW)
    budgets.settle(account(), CALL, Spend(model_calls=1, tokens=100, microdollars=800))
    assert budgets.reserve(account(), Spend(1, 900, 9_200), NOW) == 1.0


def test_a_refused_reservation_uses_nothing(budgets):
    """Not even of what there would have been enough."""
    with pytest.raises(BudgetExceeded):
        budgets.reserve(account(), Spend(model_calls=1, tokens=1001), NOW)
    assert budgets.reserve(account(), Spend(model_calls=1), NOW) == 0.5


def test_an_agent_that_declares_no_model_calls_has_none(budgets):
    with pytest.raises(BudgetExceeded):
        budgets.reserve(account(budget=Budget()), Spend(model_calls=1), NOW)


@pytest.mark.parametrize("kept", [KEEP_SECONDS, wakes.KEEP_SECONDS], ids=["budget", "wakes"])
def test_what_a_tree_has_used_is_kept_for_longer_than_people_may_take_to_decide(kept):
    """Otherwise an approval that came late would find a tree with nothing used."""
    assert kept > LONGEST + LIFETIME


def test_a_settlement_that_the_sdk_repeats_is_counted_once(budgets, repeating):
    """Twice, a call would give back more than it reserved."""
    budgets.reserve(account(), CALL, NOW)
    Budgets(repeating, "budgets").settle(account(), CALL, Spend(model_calls=1))
    item = repeating.get_item(TableName="budgets", Key={"id": {"S": account().row}})["Item"]
    assert (item["tokens"]["N"], item["model_calls"]["N"]) == ("0", "1")
