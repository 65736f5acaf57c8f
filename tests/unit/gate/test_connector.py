"""A connector's handler: who calls is what the alias says, and an agent gets an answer, never a traceback."""

import socket

import pytest

from functions.agents.fraud.manifest import MANIFEST as FRAUD
from functions.core.gate.breaker import RECOVERY_SECONDS, THRESHOLD, circuit_name
from functions.core.gate.outbound import OutcomeUnknown
from functions.core.gate.serve import declared_agent, describe
from functions.core.platform.environment import ConnectorEnvironment
from functions.core.platform.errors import (
    ApprovalNeeded,
    BudgetExceeded,
    CircuitOpen,
    ConfigurationError,
    Denied,
    PermanentError,
    RetryableError,
)

FUNCTION = "arn:aws:lambda:us-east-1:111122223333:function:hookline-connector-stripe"


def test_a_declared_agent_is_found_by_its_name():
    """Its manifest lies in the connector's zip."""
    assert declared_agent("fraud") is FRAUD


@pytest.mark.parametrize(
    "name",
    [
        "",
        "absent",
        "$LATEST",
        "1",
        ".",
        "..",
        "fraud.manifest",
        "fraud.agent",
        "../sources/stripe",
        "fraud/manifest",
        "__init__",
        "__pycache__",
        "Fraud",
        "fraud\n",
        "fraud\x00",
        "a" * 5000,
        "ｆｒａｕｄ",
    ],
)
def test_a_hostile_or_unknown_name_is_nobody(name):
    """No name imports anything but an agent's manifest."""
    assert declared_agent(name) is None


@pytest.mark.parametrize(
    ("error", "kind", "retry_after"),
    [
        (Denied("no"), "Denied", None),
        (BudgetExceeded("no"), "BudgetExceeded", None),
        (CircuitOpen("no", 5), "CircuitOpen", 5),
        (PermanentError("no"), "PermanentError", None),
        (RetryableError("no", 3), "RetryableError", 3),
        (OutcomeUnknown("no", 4), "RetryableError", 4),
        (CircuitOpen("no", 5), "CircuitOpen", 5),
        (ConfigurationError("no"), "RetryableError", None),
    ],
)
def test_an_error_says_what_to_do_next(error, kind, retry_after):
    """What may change, like a secret that is not set yet, can be retried."""
    assert describe(error) == {"kind": kind, "message": "no", "retry_after": retry_after}


def test_a_question_for_a_person_carries_its_quote():
    """It is no failure: the agent asks them."""
    assert describe(ApprovalNeeded("ask", "signed")) == {
        "kind": "ApprovalNeeded",
        "message": "ask",
        "proposal": "signed",
        "action": None,
    }


def test_a_failed_probe_tells_the_agent_that_the_circuit_is_open():
    """So that the event which found out that the outage goes on does not pay for it."""
    error = OutcomeUnknown("no", 30)
    error.probe = True
    assert describe(error) == {"kind": "CircuitOpen", "message": "no", "retry_after": 30}


@pytest.fixture
def context_connector(start, dynamodb, table, sqs, grant_key):
    """The context connector as deployed, which needs nothing outside AWS."""
    environment = ConnectorEnvironment("audit-queue", "context", grant_key="key", timelines_table=table("timelines"))
    name = "functions.core.gate.handlers.connector"
    return start(name, environment, {"key": grant_key}, dynamodb=dynamodb, sqs=sqs)


@pytest.fixture
def invoke(context_connector, make_grant, lambda_context):
    def invoke(entity: str, alias: str = "fraud") -> dict:
        lambda_context.invoked_function_arn = f"{FUNCTION}:{alias}"
        payload = {
            "operation": "timeline.read",
            "arguments": {"entity": entity, "type": "payment.succeeded"},
            "event": "stripe:evt_1",
            "correlation": "stripe:evt_1",
            "grant": make_grant("stripe:customer/cus_1", issued=32503600000, expires=32503680000),
            "deadline": 32503680000,
        }
        return context_connector(payload, lambda_context)

    return invoke


def test_the_handler_answers_with_the_result(invoke, sqs):
    """Of the operation, which is on record."""
    empty = {"entries": [], "complete": True, "aggregates": {}}
    assert invoke("stripe:customer/cus_1") == {"result": empty, "used": 0.0, "one_call_left": False}
    assert [record["kind"] for record in sqs.audited] == ["read"]


@pytest.mark.parametrize(
    ("entity", "alias", "message"),
    [
        ("stripe:customer/cus_2", "fraud", "the grant does not name stripe:customer/cus_2"),
        ("stripe:customer/cus_1", "nobody", "no agent 'nobody' is declared to use context"),
    ],
)
def test_the_handler_answers_with_the_refusal(invoke, sqs, entity, alias, message):
    """Which is on record too."""
    assert invoke(entity, alias) == {"error": {"kind": "Denied", "message": message, "retry_after": None}}
    assert [(record["kind"], record["reason"]) for record in sqs.audited] == [("denied", message)]


@pytest.mark.parametrize("payload", [{}, {"operation": 7}, [], None, "text"], ids=str)
@pytest.mark.parametrize(("alias", "who"), [("fraud", "agent.fraud"), ("nobody", "alias 'nobody'")])
def test_junk_for_a_payload_is_a_permanent_error_of_the_agents(
    context_connector, lambda_context, sqs, payload, alias, who
):
    """No traceback, nothing that is tried again, and on record with who sent it."""
    lambda_context.invoked_function_arn = f"{FUNCTION}:{alias}"
    error = context_connector(payload, lambda_context)["error"]
    assert error["kind"] == "PermanentError"
    (record,) = sqs.audited
    assert (record["kind"], record["decision"], record["resource"]) == ("denied", "malformed", who)
    assert record["reason"] == error["message"]


@pytest.fixture
def stripe_connector(start, environments, circuits_follow, clock, dynamodb, table, sqs, grant_key, monkeypatch):
    """The Stripe connector as deployed, before a provider that refuses connections."""
    environments()()
    circuits_follow(clock)
    monkeypatch.setattr("functions.core.gate.retry.TRIES", 1)  # so that no test waits between two
    with socket.socket() as bound:  # it does not listen
        bound.bind(("127.0.0.1", 0))
        environment = ConnectorEnvironment(
            "audit-queue",
            "stripe",
            grant_key="key",
            breakers_table=table("breakers"),
            credential="credential",
            sandbox=f"http://127.0.0.1:{bound.getsockname()[1]}",
        )
        secrets = {"key": grant_key, "credential": "sk_hush"}
        yield start("functions.core.gate.handlers.connector", environment, secrets, dynamodb=dynamodb, sqs=sqs)


def test_an_unreachable_provider_opens_its_circuit_and_the_agent_gets_that(
    stripe_connector, make_grant, lambda_context, sqs, dynamodb
):
    """After the third failure nothing is sent any more, and the trail says so."""
    payload = {
        "operation": "charge.retrieve",
        "arguments": {"charge": "ch_1"},
        "event": "stripe:evt_1",
        "correlation": "stripe:evt_1",
        "grant": make_grant("stripe:charge/ch_1", issued=32503600000, expires=32503680000),
        "deadline": 32503680000,
    }
    lambda_context.invoked_function_arn = f"{FUNCTION}:fraud"
    errors = [stripe_connector(payload, lambda_context)["error"] for _ in range(THRESHOLD + 1)]
    assert [error["kind"] for error in errors] == ["RetryableError"] * THRESHOLD + ["CircuitOpen"]
    assert 0 < errors[-1]["retry_after"] <= RECOVERY_SECONDS
    moves = [record["decision"] for record in sqs.audited if record["kind"] == "circuit"]
    assert moves == ["open"]
    (row,) = dynamodb.scan(TableName="breakers")["Items"]
    assert (row["id"]["S"], row["state"]["S"]) == (circuit_name("stripe", "sk_hush"), "OPEN")
