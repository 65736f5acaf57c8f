"""Operations that cost tokens and dollars: reserved before the call, settled after it."""

import pytest

from functions.core.gate.budgets import Budgets, Spend
from functions.core.gate.gate import Gate
from functions.core.gate.policy import Answer, PolicyDecision
from functions.core.gate.request import Request
from functions.core.manifests.agent import AgentManifest, Budget, Subscription, Use
from functions.core.manifests.connector import ConnectorManifest, Operation
from functions.core.platform.errors import BudgetExceeded, CircuitOpen, PermanentError, RetryableError

THINK = Operation("model.converse", kind="read", entity="{about}", metered=True)
MODEL = ConnectorManifest(name="oracle", owner="tests", operations=[THINK])
THINKER = AgentManifest(
    name="thinker",
    owner="tests",
    purpose="tests",
    subscribes=[Subscription("payment.succeeded", ["webhook.stripe"])],
    uses=[Use("oracle", ["model.converse"], "tests")],
    budget=Budget(model_calls_per_event=9, tokens_per_event=1000, usd_per_event="0.50"),
)


class Model:
    """A call of it can use 400 tokens; each used 100."""

    def __init__(self) -> None:
        self.calls = 0
        self.fails: Exception | None = None

    def most(self, operation, arguments) -> Spend:
        return Spend(1, 400, 4_000)

    def used(self, operation, answer) -> Spend:
        return Spend(1, answer["tokens"], 1_000)

    def call(self, operation, arguments, key, seconds) -> dict:
        self.calls += 1
        if self.fails:
            raise self.fails
        return {"tokens": 100}


@pytest.fixture
def model() -> Model:
    return Model()


@pytest.fixture
def think(model, dynamodb, table, make_audit, make_grant, clock, grant_key):
    gate = Gate(
        MODEL,
        {"thinker": THINKER}.get,
        lambda *_: PolicyDecision(Answer.PERMIT),
        lambda: [grant_key],
        model,
        None,
        Budgets(dynamodb, table("budgets")),
        make_audit("connector.oracle"),
        clock,
        meter=model,
    )

    def think():
        payload = {
            "operation": "model.converse",
            "arguments": {"about": "stripe:charge/ch_1"},
            "event": "stripe:evt_1",
            "correlation": "stripe:evt_1",
            "grant": make_grant("stripe:charge/ch_1"),
            "deadline": clock.now + 20,
        }
        return gate.handle(Request.read(payload), "thinker")

    return think


def test_a_call_pays_for_what_it_used_and_not_for_what_it_could_have(think, model):
    """Seven calls of 100 tokens fit where only two reservations of 400 would; an eighth could be too much."""
    for _ in range(7):
        think()
    with pytest.raises(BudgetExceeded, match="tokens"):
        think()
    assert model.calls == 7


def test_the_agent_gets_what_is_used_up_with_the_reservation(think):
    assert [think().used for _ in range(3)] == [0.4, 0.5, 0.6]


def test_the_cost_stands_on_the_trail(think, audit_queue):
    think()
    assert audit_queue.records[0]["reason"] == "100 tokens, 1000 millionths of a dollar"


@pytest.mark.parametrize("error", [CircuitOpen("open", 20), PermanentError("refused")], ids=str)
def test_a_call_that_was_not_answered_by_the_model_costs_nothing(think, model, error):
    """Events that wait for a model to be well again must not use up what they may cost by waiting."""
    model.fails = error
    for _ in range(20):
        with pytest.raises(type(error)):
            think()
    model.fails = None
    assert think().used == 0.4


def test_a_call_that_failed_keeps_its_reservation(think, model):
    """Nobody knows what it has used; better too much than too little."""
    model.fails = RetryableError("no answer")
    for _ in range(2):
        with pytest.raises(RetryableError):
            think()
    with pytest.raises(BudgetExceeded):
        think()
