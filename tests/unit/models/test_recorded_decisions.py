"""Who decided, and why, on the audit trail; and a person who decides in place of a model."""

import pytest
from pydantic import BaseModel

from functions.api.agent import AskPerson, Done
from functions.core.events import catalogue
from functions.core.events.bus import Bus
from functions.core.manifests.agent import AgentManifest, Budget, Subscription
from functions.core.models.prompts import Prompt
from functions.core.runtime.agent import Agent
from functions.core.runtime.wakes import Wakes
from tests.unit.models.scripted import HAIKU, calls

PROMPT = Prompt("Judge the payment.", "5" * 64)
THINKER = AgentManifest(
    name="thinker",
    owner="tests",
    purpose="tests",
    subscribes=[Subscription("payment.succeeded", ["webhook.stripe"])],
    model=HAIKU,
    budget=Budget(model_calls_per_event=3, usd_per_event="0.10"),
)


class Verdict(BaseModel):
    """What is decided."""

    risky: bool


@pytest.fixture
def woken(dynamodb, table, make_event, make_audit, clock, eventbridge, audit_queue):
    """Wakes an agent whose model connector answers so; returns its `decided` record and its events."""

    def wake(answer, fallback, slow=0.0):
        def run(event, tools):
            decision = tools.model.run(PROMPT.about(payment=event.data), Verdict, fallback=fallback)
            return Done(f"text from outside: {decision.output}")

        def invoke(connector, payload):
            clock.now += slow
            return answer

        parts = Bus(eventbridge, "bus"), invoke, Wakes(dynamodb, table("idempotency")), make_audit("agent.thinker")
        Agent(THINKER, run, catalogue, *parts, clock).wake(make_event())
        (decided,) = (record for record in audit_queue.records if record["kind"] == "decided")
        return decided, eventbridge.events

    return wake


def test_a_models_decision_is_on_record_with_the_digest_of_its_prompt(woken):
    """The outcome's own reason may quote text from outside: only its digest is there."""
    decided, events = woken({"result": calls(("final_result", {"risky": True}))}, lambda: Verdict(risky=False))
    assert (decided["reason"], decided["digests"]["prompt"], events) == ("decided by the model", "5" * 64, [])
    assert "outside" not in str(decided)
    assert len(decided["digests"]["why"]) == 64


def test_a_rules_decision_is_on_record_with_its_cause(woken):
    answer = {"error": {"kind": "BudgetExceeded", "message": "used up"}}
    decided, _ = woken(answer, lambda: Verdict(risky=False))
    assert decided["reason"] == "decided by a rule: the budget of model calls is used up"


def test_a_model_that_uses_up_the_time_is_replaced_before_the_event_ends(woken, clock):
    """The rule decides in the seconds that are kept for it."""
    answer = {"error": {"kind": "RetryableError", "message": "timed out", "retry_after": None}}
    decided, _ = woken(answer, lambda: Verdict(risky=False), slow=THINKER.budget.seconds - 2.0)
    assert decided["reason"] == "decided by a rule: the model would take longer than the event has"


def test_a_person_is_asked_in_place_of_a_model_that_is_down(woken):
    answer = {"error": {"kind": "CircuitOpen", "message": "open", "retry_after": 5}}
    decided, (asked,) = woken(answer, AskPerson("Is it risky?", {"charge": "ch_3PExample"}))
    assert (asked["type"], asked["data"]["question"]) == ("approval.required", "Is it risky?")
    assert (asked["data"]["evidence"], asked["data"]["action"]) == ({"charge": "ch_3PExample"}, None)
    assert asked["data"]["why"] == "the model cannot be reached"
    assert decided["reason"] == "decided by a person: the model cannot be reached"
