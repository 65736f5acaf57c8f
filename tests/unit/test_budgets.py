"""Budgets: so many effects an event and a tree, reserved in one step, and a retry costs nothing."""

import pytest

from functions.core.errors import BudgetExceeded
from functions.core.gate.budgets import Budgets, Reserved
from functions.core.manifest import Budget

NOW = 1_790_000_000.0
BUDGET = Budget(effects_per_event=2, effects_per_tree=3)


@pytest.fixture
def reserve(dynamodb, table):
    """Reserves an effect of the fraud agent's, for its first event unless told otherwise."""
    budgets = Budgets(dynamodb, table("budgets"))

    def reserve(
        key: str, agent: str = "fraud", event: str = "e1", tree: str = "t1", budget: Budget = BUDGET
    ) -> Reserved:
        return budgets.reserve(tree, agent, event, key, budget, NOW)

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
    assert reserve("a") == reserve("b") == Reserved(1.0)


def test_a_tree_has_so_many_effects_whoever_has_them(reserve):
    """Agents that hand on to each other do not get a budget each."""
    reserve("a", agent="one", event="e1")
    reserve("b", agent="two", event="e2")
    reserve("c", agent="three", event="e3")
    with pytest.raises(BudgetExceeded, match="3 in the whole tree"):
        reserve("d", agent="four", event="e4")


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


def test_what_is_used_up_is_told_for_the_tighter_of_the_two(reserve):
    """From four fifths on, the agent should come to an end."""
    first = reserve("a", budget=Budget(effects_per_event=5, effects_per_tree=5))
    assert (first, first.winding_down) == (Reserved(0.2), False)
    tight = reserve("b", event="e2", budget=Budget(effects_per_event=1, effects_per_tree=5))
    assert (tight, tight.winding_down) == (Reserved(1.0), True)
