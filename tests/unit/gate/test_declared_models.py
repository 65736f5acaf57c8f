"""A model call through the whole gate: the declared model alone, and a budget that no loop overruns."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.core.gate.budgets import Budgets, Spend
from functions.core.gate.gate import Gate
from functions.core.gate.metering import Usage
from functions.core.gate.policy import Answer, Policy, PolicyDecision
from functions.core.gate.request import Request
from functions.core.manifests.agent import AgentManifest, Budget, Subscription, Use
from functions.core.manifests.arguments import Json
from functions.core.manifests.connector import ConnectorManifest
from functions.core.manifests.models import Models
from functions.core.manifests.operation import Operation
from functions.core.platform.errors import BudgetExceeded, Denied, ManifestError, PermanentError
from hookline.operator.audit.usage import recorded_usage

CONVERSE = Operation(
    "converse",
    kind="read",
    entity="oracle:model/{modelId}",
    takes={"messages": Json(1_000), "note": Json(100)},
    needs=["messages"],
    metered=True,
    model="modelId",
)
ORACLE = ConnectorManifest(
    name="oracle", owner="tests", operations=[CONVERSE], models=[Models("a model's id", "[a-z]+")]
)
PERMITS = Policy('@id("thinks") permit (principal, action == oracle::Action::"converse", resource);')


def agent(budget: Budget, name: str = "thinker", **more) -> AgentManifest:
    return AgentManifest(
        name=name,
        owner="tests",
        purpose="tests",
        subscribes=[Subscription("payment.succeeded", ["webhook.stripe"])],
        budget=budget,
        **{"model": "oracle:delphi", **more},
    )


THINKER = agent(Budget(model_calls_per_event=5, usd_per_event="0.10"))


class Oracle:
    """Each call can use 100 tokens and as many microdollars as `most`, and uses what `uses` has next."""

    def __init__(self) -> None:
        self.most_dollars, self.uses, self.calls, self.lock = 1_000, itertools.repeat(1_000), 0, Lock()

    def most(self, operation, arguments, seconds) -> Spend:
        return Spend(1, 100, self.most_dollars)

    def used(self, operation, arguments, answer) -> Usage:
        return Usage(Spend(1, 100, answer["microdollars"]), {}, "end_turn")

    def call(self, operation, arguments, key, seconds) -> dict:
        with self.lock:
            self.calls += 1
            return {"microdollars": next(self.uses)}


class Atomic:
    """A DynamoDB client whose requests do not overlap, as on AWS; moto's do, if threads share it."""

    def __init__(self, client) -> None:
        self._client, self._lock = client, Lock()

    def update_item(self, **asked):
        with self._lock:
            return self._client.update_item(**asked)


@pytest.fixture
def oracle() -> Oracle:
    return Oracle()


@pytest.fixture
def converse(oracle, dynamodb, table, make_audit, make_grant, clock, grant_key):
    """Calls a model as an agent does; `agents` are all that use the connector."""
    budgets, ids = Budgets(Atomic(dynamodb), table("budgets")), itertools.count()

    def converse(one=THINKER, model="delphi", event="stripe:evt_1", tree="stripe:evt_1", decide=None, **more):
        gate = Gate(
            ORACLE,
            {one.name: one}.get,
            decide or (lambda *_: PolicyDecision(Answer.PERMIT)),
            lambda: [grant_key],
            oracle,
            None,
            budgets,
            make_audit("connector.oracle"),
            clock,
            meter=oracle,
            new_id=lambda: f"r{next(ids)}",
        )
        payload = {
            "operation": "converse",
            "arguments": {"modelId": model, "messages": [{"role": "user", "content": "?"}], **more},
            "event": event,
            "correlation": tree,
            "grant": make_grant("stripe:charge/ch_1", event=event, tree=tree),
            "deadline": clock.now + 20,
        }
        return gate.handle(Request.read(payload), one.name)

    return converse


def test_a_declared_model_is_used_without_a_use(converse, audit_queue):
    """No event names a model: the manifest does."""
    assert THINKER.uses == [Use("oracle", ["converse"], "Calls its model, delphi")]
    assert converse().result == {"microdollars": 1_000}
    assert audit_queue.records[-1]["resource"] == "oracle:model/delphi"


@pytest.mark.parametrize("model", ["dodona", "delphi/x", ""])
def test_another_model_is_denied(converse, oracle, model):
    with pytest.raises((Denied, PermanentError)):
        converse(model=model)
    assert oracle.calls == 0


def test_an_agent_with_another_connectors_model_is_denied(converse, oracle):
    """Also one that writes the use, but declares no model."""
    other = agent(Budget(model_calls_per_event=5), model="bedrock:delphi", uses=[Use("oracle", ["converse"], "why")])
    none = agent(Budget(model_calls_per_event=5), model=None, uses=[Use("oracle", ["converse"], "why")])
    for one in (other, none):
        with pytest.raises(Denied, match="does not declare model delphi of oracle"):
            converse(one)
    assert oracle.calls == 0


def test_the_policy_decides_on_a_model_call_too_and_sees_no_document(converse):
    """Cedar has no type for JSON with null in it."""

    def decide(agent, operation, entity, action, destination):
        return PERMITS.decide(agent.name, "oracle", operation, entity, action.arguments, destination)

    assert converse(decide=decide, note={"nothing": None, "half": 0.5}).used > 0
    nothing = Policy('@id("none") forbid (principal, action, resource);')
    with pytest.raises(Denied, match="does not permit converse"):
        converse(decide=lambda a, o, e, x, d: nothing.decide(a.name, "oracle", o, e, x.arguments, d))


@pytest.mark.parametrize("given", ["x" * 1_000, {"deep": float("nan")}, "\ud800"], ids=["long", "nan", "surrogate"])
def test_a_document_that_is_too_long_or_not_json_is_refused(converse, oracle, given):
    with pytest.raises(PermanentError, match="messages"):
        converse(messages=given)
    assert oracle.calls == 0


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"model": "delphi"}, "write a connector and the id of its model, like 'bedrock:<id>'"),
        ({"model": "Oracle:delphi"}, "connector name 'Oracle'"),
        ({"model": "oracle:"}, "write a connector"),
        ({"model": 7}, "model 7"),
        ({"budget": Budget()}, "has a model and may not call it: set model_calls_per_event"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_model_that_cannot_be_called_is_refused_in_the_manifest(more, reason):
    with pytest.raises(ManifestError) as refused:
        agent(**{"budget": Budget(model_calls_per_event=1), **more})
    assert reason in str(refused.value)


SEQUENCES = st.lists(st.integers(0, 1_000), min_size=6, max_size=10)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(uses=SEQUENCES, event=st.integers(0, 2_000), most=st.integers(500, 1_000), number=st.uuids())
def test_a_runaway_loop_is_stopped_at_its_budget_to_the_cent(converse, oracle, uses, event, most, number):
    """Over any sequence of calls that use no more than they reserved, in one event and in all of its tree."""
    tree = event + event // 2
    budget = Budget(
        model_calls_per_event=50,
        usd_per_event=f"{event / 1e6:.6f}",
        usd_per_tree=f"{tree / 1e6:.6f}",
        effects_per_event=0,
    )
    loop = agent(budget)
    oracle.most_dollars = most
    spent: dict[str, int] = {}
    for index, use in enumerate(uses):
        oracle.uses = itertools.repeat(min(use, most))
        where = f"e{index % 2}"
        try:
            answer = converse(loop, event=where, tree=str(number))
        except BudgetExceeded:
            continue
        spent[where] = spent.get(where, 0) + answer.result["microdollars"]
    assert all(amount <= event for amount in spent.values())
    assert sum(spent.values()) <= tree


def test_calls_at_the_same_time_do_not_overrun_the_budget_together(converse, oracle):
    """Of forty calls of a cent each, ten fit into ten cents; each reserves before it calls."""
    oracle.most_dollars, oracle.uses = 10_000, itertools.repeat(10_000)
    many = agent(Budget(model_calls_per_event=50, usd_per_event="0.10"))

    def ask(_: int) -> int:
        try:
            return converse(many).result["microdollars"]
        except BudgetExceeded:
            return 0

    with ThreadPoolExecutor(8) as pool:
        spent = sum(pool.map(ask, range(40)))
    assert (spent, oracle.calls) == (100_000, 10)


def test_a_trees_stop_holds_over_all_its_agents(converse, oracle):
    """Each has a budget of its own left, and the tree has none."""
    oracle.most_dollars, oracle.uses = 50_000, itertools.repeat(50_000)
    budget = Budget(model_calls_per_event=5, usd_per_event="0.10", usd_per_tree="0.15")
    for index in range(3):
        converse(agent(budget, f"agent{index}"), event=f"e{index}", tree="t")
    with pytest.raises(BudgetExceeded, match="US dollars"):
        converse(agent(budget, "agent9"), event="e9", tree="t")


def test_the_budget_and_the_trail_agree(converse, oracle, dynamodb, audit_queue):
    """Also where a call failed and where a connector died in it."""
    oracle.uses = iter([700, 1_000, 300])
    converse()
    oracle.call = lambda *_: (_ for _ in ()).throw(PermanentError("refused"))
    with pytest.raises(PermanentError):
        converse()
    oracle.call = lambda *_: (_ for _ in ()).throw(KeyboardInterrupt)  # the process ends
    with pytest.raises(KeyboardInterrupt):
        converse()
    item = dynamodb.get_item(TableName="budgets", Key={"id": {"S": "oracle:stripe:evt_1"}})["Item"]
    counted = {what: int(item[what]["N"]) for what in ("model_calls", "tokens", "microdollars")}
    assert counted == {"model_calls": 2, "tokens": 200, "microdollars": 1_700}
    assert recorded_usage(audit_queue.records, "stripe:evt_1") == {"oracle": counted}
