"""A gate over a real ledger and real budgets on moto's DynamoDB."""

import pytest

from functions.core.gate.budgets import Budgets
from functions.core.gate.gate import Gate
from functions.core.gate.ledger import Ledger
from functions.core.gate.policy import Answer, PolicyDecision
from functions.core.gate.request import Request
from functions.core.manifests.agent import AgentManifest
from tests.unit.gate.gate.stripe import CHARGE, FRAUD, IDLE, REVIEW, STRIPE, Performer, Watched


@pytest.fixture
def steps() -> list[str]:
    return []


@pytest.fixture
def performer() -> Performer:
    return Performer()


@pytest.fixture
def ledger(dynamodb, table, new_id) -> Ledger:
    return Ledger(dynamodb, table("ledger"), new_id)


@pytest.fixture
def budgets(dynamodb, table) -> Budgets:
    return Budgets(dynamodb, table("budgets"))


@pytest.fixture
def decision() -> PolicyDecision:
    """What the policy says; a module of its own tests what it makes of other answers."""
    return PolicyDecision(Answer.PERMIT, ("all",))


@pytest.fixture
def make_gate(performer, ledger, budgets, make_audit, clock, grant_key, steps, decision):
    def find(alias: str) -> AgentManifest | None:
        steps.append("who")
        return {"fraud": FRAUD, "idle": IDLE}.get(alias)

    def keys() -> list[str]:
        steps.append("whose grant")
        return [grant_key]

    def may_it(*asked: object) -> PolicyDecision:
        steps.append("may it")
        return decision

    def make(ledger: Ledger | None = ledger) -> Gate:
        watched = Watched(ledger, steps) if ledger else None
        audit = Watched(make_audit("connector.stripe"), steps)
        spent = Watched(budgets, steps)
        return Gate(STRIPE, find, may_it, keys, Watched(performer, steps), watched, spent, audit, clock)

    return make


@pytest.fixture
def ask(make_gate, make_grant, clock):
    """Asks the gate, as the fraud agent, with a grant for the charge and its review unless told otherwise."""

    def ask(operation: str, arguments: dict, alias: str = "fraud", gate: Gate | None = None, **changes: object):
        given = {
            "operation": operation,
            "arguments": arguments,
            "event": "stripe:evt_1",
            "correlation": "stripe:evt_1",
            "grant": make_grant(CHARGE, REVIEW),
            "deadline": clock.now + 20,
        }
        return (gate or make_gate()).handle(Request.read({**given, **changes}), alias).result

    return ask
