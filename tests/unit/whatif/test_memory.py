"""The ledger and the budgets of a lane decide as those on DynamoDB do."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.core.gate.budgets import Account, Budgets, Reservation, Spend
from functions.core.gate.ledger import Claimed, Effect, Ledger
from functions.core.manifests.agent import Budget
from functions.core.platform.errors import HooklineError
from hookline.simulation.tables import Tables
from hookline.whatif.memory import MemoryBudgets, MemoryLedger

BUDGET = Budget(
    effects_per_event=1,
    effects_per_tree=2,
    model_calls_per_event=2,
    model_calls_per_tree=3,
    tokens_per_event=100,
    tokens_per_tree=150,
    usd_per_event="0.10",
    usd_per_tree="0.15",
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["effect", "give back", "model", "claim", "finish", "release"]),
        st.sampled_from(["a", "b"]),  # the event, and what is done
        st.sampled_from(["fraud", "watch"]),
        st.sampled_from([0, 40, 100]),
    ),
    min_size=1,
    max_size=8,
)


def table(name, key):
    return {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"}],
    }


def outcomes(budgets, ledger, steps):
    """What each step answers; a refusal is its message."""
    claims = {}
    for number, (kind, event, agent, amount) in enumerate(steps):
        account = Account("stripe", "tree", agent, event, BUDGET)
        effect = Effect(agent, "stripe:refund.create", event, "tree", "digest" if amount < 100 else "other")
        try:
            if kind == "effect":
                yield budgets.reserve_effect(account, event, 1.0)
            elif kind == "give back":
                budgets.give_back(account, event)
            elif kind == "model":
                reservation = Reservation(f"r{number}", account, Spend(1, amount, amount * 1000))
                budgets.reserve(reservation, 1.0)
                yield budgets.settle(reservation, Spend(1, amount // 2, amount * 500))
            elif kind == "claim" and effect.row not in claims:
                found = ledger.claim(effect, 1.0, 20.0)
                claims |= {effect.row: (effect, found)} if isinstance(found, Claimed) else {}
                yield found
            elif kind == "finish" and effect.row in claims:
                ledger.finish(claims.pop(effect.row)[0], {"n": number}, 1.0)
            elif kind == "release" and effect.row in claims:
                ledger.release(*claims.pop(effect.row))
        except HooklineError as error:
            yield f"{type(error).__name__}: {error}"


@given(STEPS)
@settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_in_memory_is_decided_as_on_dynamodb(steps):
    tables = Tables([table("budgets", "id"), table("ledger", "key")])
    real = list(outcomes(Budgets(tables, "budgets"), Ledger(tables, "ledger", iter("abcdefgh").__next__), steps))
    assert list(outcomes(MemoryBudgets(), MemoryLedger(), steps)) == real


def test_the_steps_reach_refusals():
    """Otherwise the comparison would say little."""
    steps = [("effect", "a", "fraud", 0), ("effect", "b", "fraud", 0), ("effect", "b", "watch", 0)]
    found = list(outcomes(MemoryBudgets(), MemoryLedger(), [*steps, ("model", "a", "fraud", 100)] * 2))
    assert sum("BudgetExceeded" in str(one) for one in found) >= 1
    assert 1.0 in found
