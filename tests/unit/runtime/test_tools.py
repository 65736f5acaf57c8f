"""An agent's tools: what its manifest declares, and nothing else."""

import io
import json

import pytest
from botocore.exceptions import ReadTimeoutError

from functions.core.events.event import Event
from functions.core.manifests.agent import AgentManifest, Subscription, Use
from functions.core.platform.action import Action
from functions.core.platform.errors import (
    ApprovalNeeded,
    BudgetExceeded,
    CircuitOpen,
    Denied,
    PermanentError,
    RetryableError,
)
from functions.core.runtime.invoke import lambda_invoker
from functions.core.runtime.tools import Tools

MANIFEST = AgentManifest(
    name="fraud",
    owner="tests",
    purpose="tests",
    subscribes=[Subscription("payment.succeeded", ["webhook.stripe"])],
    uses=[Use("stripe", ["charge.retrieve"], "tests"), Use("context", ["timeline.read"], "tests")],
)
ARN = "arn:aws:lambda:us-east-1:111122223333:function:hookline-connector-{connector}:fraud"


@pytest.fixture
def make_tools(make_event):
    """Tools whose connectors give this answer, and the list of what they were asked."""

    def make(answer: dict, event: Event | None = None) -> tuple[Tools, list]:
        asked: list = []
        return Tools(MANIFEST, event or make_event(), 99.5, lambda *what: asked.append(what) or answer), asked

    return make


def test_only_declared_connectors_and_operations_exist(make_tools):
    """There is nothing to call but them."""
    tools, _ = make_tools({})
    declared = {name: sorted(vars(calls)) for name, calls in vars(tools).items() if name in ("stripe", "context")}
    assert {*vars(tools)} == {"stripe", "context", "budget", "model", "waited", "_ask"}
    assert declared == {
        "stripe": ["charge_retrieve"],
        "context": ["timeline_read"],
    }


def test_a_call_carries_the_grant_of_the_event_and_its_deadline(make_tools, make_event):
    """The agent adds its arguments only."""
    tools, asked = make_tools({"result": {"id": "ch_1"}})
    assert tools.stripe.charge_retrieve(charge="ch_1") == {"id": "ch_1"}
    event = make_event()
    payload = {
        "operation": "charge.retrieve",
        "arguments": {"charge": "ch_1"},
        "event": event.id,
        "causation": "",
        "correlation": event.correlationid,
        "grant": event.grant,
        "deadline": 99.5,
        "proposal": False,
    }
    assert asked == [("stripe", payload)]


def test_a_call_carries_the_cause_of_an_event_that_has_one(make_tools, make_event):
    """For the connector's records."""
    tools, asked = make_tools({"result": {}}, event=make_event(causationid="stripe:evt_0"))
    tools.stripe.charge_retrieve(charge="ch_1")
    assert asked[0][1]["causation"] == "stripe:evt_0"


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("Denied", Denied),
        ("PermanentError", PermanentError),
        ("BudgetExceeded", BudgetExceeded),
        ("CircuitOpen", CircuitOpen),
        ("RetryableError", RetryableError),
        ("SomethingNew", RetryableError),
    ],
)
def test_a_connectors_error_is_raised_as_what_it_is(make_tools, kind, error):
    """With its message, and its time to wait where it has one."""
    tools, _ = make_tools({"error": {"kind": kind, "message": "no", "retry_after": 3}})
    with pytest.raises(error, match="no") as raised:
        tools.stripe.charge_retrieve(charge="ch_1")
    assert type(raised.value) is error
    assert getattr(raised.value, "retry_after", 3) == 3


ACTION = Action("stripe", "charge.retrieve", {"charge": "ch_1"})
ASKED = {"error": {"kind": "ApprovalNeeded", "message": "a person decides", "proposal": "signed"}}


def test_an_operation_that_a_person_decides_says_which_and_carries_the_quote(make_tools):
    """So that the agent can ask with words of its own."""
    tools, _ = make_tools(ASKED)
    with pytest.raises(ApprovalNeeded, match="a person decides") as needed:
        tools.stripe.charge_retrieve(charge="ch_1")
    assert (needed.value.proposal, needed.value.action) == ("signed", ACTION)


def test_a_quote_is_asked_of_the_connector_and_does_nothing(make_tools):
    tools, asked = make_tools(ASKED)
    assert tools.propose(ACTION).proposal == "signed"
    assert [(connector, payload["proposal"]) for connector, payload in asked] == [("stripe", True)]


def test_a_connector_that_acts_instead_of_quoting_is_an_error(make_tools):
    tools, _ = make_tools({"result": {}})
    with pytest.raises(PermanentError, match="gave no proposal"):
        tools.propose(ACTION)


def test_an_action_is_performed_by_its_name(make_tools):
    tools, asked = make_tools({"result": {"id": "ch_1"}})
    assert tools.perform(ACTION) == {"id": "ch_1"}
    assert asked[0][1]["operation"] == "charge.retrieve"


@pytest.mark.parametrize("action", [Action("stripe", "refund.create", {}), Action("github", "a.b", {})], ids=str)
def test_an_undeclared_action_is_denied(make_tools, action):
    tools, asked = make_tools({"result": {}})
    with pytest.raises(Denied, match="does not declare"):
        tools.perform(action)
    assert asked == []


@pytest.mark.parametrize(("used", "winding_down"), [(0.79, False), (0.8, True)])
def test_from_four_fifths_of_its_budget_on_the_agent_must_wind_down(make_tools, used, winding_down):
    tools, _ = make_tools({"result": {}, "used": used})
    assert not tools.budget.winding_down
    tools.stripe.charge_retrieve(charge="ch_1")
    assert (tools.budget.used, tools.budget.winding_down) == (used, winding_down)


def test_an_agent_with_one_more_model_call_must_wind_down(make_tools):
    """Whatever share of its budget is used: two more calls may not fit."""
    tools, _ = make_tools({"result": {}, "used": 0.4, "one_call_left": True})
    tools.stripe.charge_retrieve(charge="ch_1")
    assert (tools.budget.used, tools.budget.winding_down) == (0.4, True)


class Lambda:
    """A Lambda client that gives this answer, or raises it."""

    def __init__(self, answer: dict | Exception) -> None:
        self.answer = answer
        self.asked: list[dict] = []

    def invoke(self, **asked: object) -> dict:
        self.asked.append(asked)
        if isinstance(self.answer, Exception):
            raise self.answer
        return {**self.answer, "Payload": io.BytesIO(json.dumps(self.answer["Payload"]).encode())}


def test_a_connector_is_invoked_by_the_arn_of_its_alias():
    """The ARN is what IAM allows."""
    client = Lambda({"Payload": {"result": 1}})
    assert lambda_invoker(client, ARN)("stripe", {"operation": "a.b"}) == {"result": 1}
    assert client.asked == [
        {"FunctionName": ARN.replace("{connector}", "stripe"), "Payload": '{"operation": "a.b"}'},
    ]


def test_a_connector_that_the_agent_waits_less_for_has_a_client_of_its_own():
    """What does not answer in time is given up by the client, not by the agent."""
    client, impatient = Lambda({"Payload": {"result": 1}}), Lambda(ReadTimeoutError(endpoint_url="https://lambda"))
    invoke = lambda_invoker(client, ARN, {"context": impatient})
    with pytest.raises(RetryableError, match="connector context did not answer"):
        invoke("context", {})
    assert invoke("stripe", {}) == {"result": 1}


@pytest.mark.parametrize("code", ["AccessDeniedException", "AccessDenied"])
def test_iams_refusal_is_denied(client_error, code):
    """Trying again cannot help."""
    with pytest.raises(Denied, match="invoke stripe"):
        lambda_invoker(Lambda(client_error(code)), ARN)("stripe", {})


@pytest.mark.parametrize("code", ["TooManyRequestsException", "ServiceException", "ResourceNotFoundException"])
def test_lambdas_other_errors_are_retryable(client_error, code):
    """A connector that is being deployed is soon available again."""
    with pytest.raises(RetryableError, match=code):
        lambda_invoker(Lambda(client_error(code)), ARN)("stripe", {})


def test_no_answer_from_lambda_is_retryable():
    """The ledger knows whether anything happened."""
    with pytest.raises(RetryableError, match="did not answer"):
        lambda_invoker(Lambda(ReadTimeoutError(endpoint_url="https://lambda")), ARN)("stripe", {})


def test_a_connector_that_failed_is_retryable_and_its_traceback_is_not_quoted():
    """What it printed may hold text from outside."""
    answer = {"FunctionError": "Unhandled", "Payload": {"errorMessage": "secret words"}}
    with pytest.raises(RetryableError, match="Unhandled") as failed:
        lambda_invoker(Lambda(answer), ARN)("stripe", {})
    assert "secret words" not in str(failed.value)
