"""An agent's tools: what its manifest declares, and nothing else."""

import io
import json

import pytest
from botocore.exceptions import ReadTimeoutError

from functions.core.errors import Denied, PermanentError, RetryableError
from functions.core.manifest import AgentManifest, Subscription, Use
from functions.core.tools import Tools, lambda_invoker

MANIFEST = AgentManifest(
    name="fraud",
    owner="tests",
    purpose="tests",
    hears=[Subscription("payment.succeeded", ["webhook.stripe"])],
    uses=[Use("stripe", ["charge.retrieve"], "tests"), Use("context", ["timeline.read"], "tests")],
)
ARN = "arn:aws:lambda:us-east-1:111122223333:function:hookline-connector-{connector}:fraud"


@pytest.fixture
def make_tools(make_event):
    """Tools whose connectors give this answer, and the list of what they were asked."""

    def make(answer: dict) -> tuple[Tools, list]:
        asked: list = []
        return Tools(MANIFEST, make_event(), 99.5, lambda *what: asked.append(what) or answer), asked

    return make


def test_only_declared_connectors_and_operations_exist(make_tools):
    """There is nothing to call but them."""
    tools, _ = make_tools({})
    assert {name: sorted(vars(calls)) for name, calls in vars(tools).items()} == {
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
        "correlation": event.correlationid,
        "grant": event.grant,
        "deadline": 99.5,
    }
    assert asked == [("stripe", payload)]


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("Denied", Denied),
        ("PermanentError", PermanentError),
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


@pytest.mark.parametrize("code", ["AccessDeniedException", "AccessDenied"])
def test_iams_refusal_is_denied(client_error, code):
    """Trying again cannot help."""
    with pytest.raises(Denied, match="invoke stripe"):
        lambda_invoker(Lambda(client_error(code)), ARN)("stripe", {})


@pytest.mark.parametrize("code", ["TooManyRequestsException", "ServiceException", "ResourceNotFoundException"])
def test_lambdas_other_errors_are_retryable(client_error, code):
    """A connector that is being deployed comes back."""
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
