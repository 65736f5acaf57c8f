"""Operations that cost tokens and dollars: reserved before the call, settled after it."""

import itertools

import pytest

from functions.core.gate.budgets import Budgets, Spend
from functions.core.gate.gate import Gate
from functions.core.gate.metering import Usage
from functions.core.gate.outbound import Busy, OutcomeUnknown, Unreachable
from functions.core.gate.policy import Answer, PolicyDecision
from functions.core.gate.request import Request
from functions.core.manifests.agent import AgentManifest, Budget, Subscription, Use
from functions.core.manifests.connector import ConnectorManifest, Operation
from functions.core.platform.errors import (
    BudgetExceeded,
    CircuitOpen,
    ConfigurationError,
    PermanentError,
    RetryableError,
)
from hookline.operator.audit.usage import recorded_usage

THINK = Operation("model.converse", kind="read", entity="{about}", metered=True)
MODEL = ConnectorManifest(name="oracle", owner="tests", operations=[THINK])
THINKER = AgentManifest(
    name="thinker",
    owner="tests",
    purpose="tests",
    subscribes=[Subscription("payment.succeeded", ["webhook.stripe"])],
    uses=[Use("oracle", ["model.converse"], "tests")],
    budget=Budget(model_calls_per_event=20, tokens_per_event=1000, usd_per_event="0.50"),
)


class Model:
    """A call of it can use 400 tokens; each used 100."""

    def __init__(self) -> None:
        self.calls = 0
        self.fails: Exception | None = None
        self.tokens = 100

    def most(self, operation, arguments, seconds) -> Spend:
        return Spend(1, 400, 4_000)

    def used(self, operation, arguments, answer) -> Usage:
        return Usage(Spend(1, answer["tokens"], 1_000), {"input_tokens": 60, "output_tokens": 40}, "end_turn")

    def call(self, operation, arguments, key, seconds) -> dict:
        self.calls += 1
        if self.fails:
            raise self.fails
        return {"tokens": self.tokens}


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
        new_id=map("r{}".format, itertools.count(1)).__next__,
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


def test_the_agent_gets_the_share_that_is_used_after_the_settlement(think):
    """Of 1,000 tokens; and that two more calls of 400 do not fit after the third."""
    passed = [think() for _ in range(4)]
    assert [one.used for one in passed] == [0.1, 0.2, 0.3, 0.4]
    assert [one.one_call_left for one in passed] == [False, False, True, True]


def test_the_trail_says_what_was_reserved_and_what_was_used(think, audit_queue):
    """Without the prompt or the answer: their digests prove them."""
    think()
    reserved, read = audit_queue.records
    assert (reserved["kind"], read["kind"], read["reason"]) == ("reserved", "read", "end_turn")
    assert reserved["usage"] == {"model_calls": 1, "tokens": 400, "microdollars": 4_000}
    counts = {"input_tokens": 60, "output_tokens": 40, "milliseconds": 0}
    assert read["usage"] == {"model_calls": 1, "tokens": 100, "microdollars": 1_000, **counts}
    assert reserved["digests"]["reservation"] == read["digests"]["reservation"] == "r1"
    assert {"arguments", "answer"} <= set(read["digests"])


def test_a_provider_that_used_more_than_was_reserved_is_on_record(think, model, audit_queue):
    """It is charged all the same."""
    model.tokens = 500
    assert think().used == 0.5
    assert audit_queue.records[-1]["reason"] == "end_turn; used more than was reserved"


FREE = [
    CircuitOpen("open", 20),
    PermanentError("refused"),
    ConfigurationError("no access"),
    Busy("429"),
    Unreachable("no connection"),
]


@pytest.mark.parametrize("error", FREE, ids=lambda error: type(error).__name__)
def test_a_call_that_was_not_answered_by_the_model_costs_nothing(think, model, error, audit_queue):
    """Events that wait for a model to be well again must not use up what they may cost by waiting."""
    model.fails = error
    for _ in range(20):
        with pytest.raises(type(error)):
            think()
    assert audit_queue.records[-2]["kind"] == "settled"
    assert audit_queue.records[-2]["usage"] == {"model_calls": 0, "tokens": 0, "microdollars": 0}
    model.fails = None
    assert think().used == 0.1


@pytest.mark.parametrize("error", [RetryableError("no answer"), OutcomeUnknown("500")], ids=str)
def test_a_call_that_failed_keeps_its_reservation(think, model, error, audit_queue):
    """Nobody knows what it has used; better too much than too little."""
    model.fails = error
    for _ in range(2):
        with pytest.raises(RetryableError):
            think()
    assert audit_queue.records[-2]["usage"] == {"model_calls": 1, "tokens": 400, "microdollars": 4_000}
    assert audit_queue.records[-2]["reason"] == "its use is unknown"
    with pytest.raises(BudgetExceeded):
        think()


def test_nothing_is_charged_if_the_reservation_cannot_be_recorded(think, model, audit_queue):
    """A model is not called off the record; the queue's outage must not use up the budget either."""
    audit_queue.refuses = RetryableError("no queue")
    for _ in range(20):
        with pytest.raises(RetryableError):
            think()
    assert model.calls == 0
    audit_queue.refuses = None
    assert think().used == 0.1
    assert recorded_usage(audit_queue.records, "stripe:evt_1")["oracle"]["tokens"] == 100
