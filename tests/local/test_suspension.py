"""An operator's commands suspend and resume an agent on the deployed stack."""

import json
import secrets
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result

from functions.core.audit import chain
from hookline.__main__ import hookline
from hookline.local.emulator import ACCOUNT, REGION
from hookline.local.stack import LocalStack
from hookline.operator.send import post
from hookline.operator.suspension import DeployedAgent
from hookline.operator.trail import Trail
from infra import naming
from tests.local.payments import effects_on, payment

pytestmark = pytest.mark.local

Command = Callable[..., Result]


@pytest.fixture
def command(stack: LocalStack, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs `hookline` on this stack."""
    monkeypatch.setattr("hookline.operator.account.stack.find", lambda: stack)
    return lambda *words: CliRunner().invoke(hookline, words, catch_exceptions=False)


@pytest.fixture
def suspended(command: Command) -> Any:
    """The fraud agent is suspended, and resumed after the test in any case."""
    yield command("agents", "suspend", "fraud", "--why", "its approvals look odd")
    command("agents", "resume", "fraud")


@pytest.fixture
def deliver(stack: LocalStack) -> Callable[[], dict[str, Any]]:
    """Delivers an ordinary payment that the sandbox has; returns Stripe's event about it."""

    def pay() -> dict[str, Any]:
        event = payment(stack)
        assert post(stack, "stripe", json.dumps(event).encode()).status == 200
        return event

    return pay


def test_events_for_a_suspended_agent_wait_and_are_handled_when_it_resumes(
    stack: LocalStack,
    command: Command,
    suspended: Result,
    deliver: Callable[[], dict[str, Any]],
    records: Callable[..., list[dict[str, Any]]],
) -> None:
    assert "agent fraud is suspended" in suspended.output
    before = DeployedAgent(stack, "fraud").status().waiting  # messages of other tests
    events = [deliver(), deliver()]
    for event in events:
        # The context service received both by the same poller, which would have delivered the first to the agent, too.
        records(event["id"], "service.context", "projected", "payment.succeeded")
    assert DeployedAgent(stack, "fraud").status().waiting == before + 2
    assert [effects_on(stack, event) for event in events] == [[], []]

    assert "agent fraud is running" in command("agents", "resume", "fraud", "--why", "false alarm").output
    for event in events:
        steps = records(event["id"], "agent.fraud", "published")
        assert "failed" not in [step["kind"] for step in steps]
    assert [effects_on(stack, event) for event in events] == [["review.approve"], ["review.approve"]]


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("sqs", "receive_message", {"QueueUrl": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/hookline-agent-fraud"}),
        ("events", "put_events", {"Entries": [{"EventBusName": naming.BUS, "Source": "agent.fraud", "Detail": "{}"}]}),
        ("dynamodb", "get_item", {"TableName": "hookline-agent-fraud-idempotency", "Key": {"id": {"S": "x"}}}),
        (
            "lambda",
            "invoke",
            {"FunctionName": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:hookline-connector-stripe:fraud"},
        ),
    ],
    ids=["its queue", "the bus", "its memory", "its connector"],
)
def test_a_suspended_agents_credentials_are_denied_even_what_it_declares(
    as_agent: Callable[..., str],
    command: Command,
    suspended: Result,
    service: str,
    operation: str,
    parameters: dict[str, Any],
) -> None:
    if service == "events":
        parameters["Entries"][0]["DetailType"] = "payment.held"
    assert as_agent(service, operation, **parameters).startswith("AccessDenied")
    command("agents", "resume", "fraud")
    assert as_agent(service, operation, **parameters) == "allowed"


def test_the_trail_records_who_suspended_and_resumed_it_and_why(
    command: Command, trail: Trail, eventually: Callable[..., Any]
) -> None:
    why = secrets.token_hex(8)
    command("agents", "suspend", "fraud", "--why", why)
    command("agents", "resume", "fraud", "--why", why)

    def both() -> list[dict[str, Any]]:
        found = [record for record in trail.of_identity("operator") if record["reason"] == why]
        return found if len(found) == 2 else []

    found = eventually(both, "both records")
    assert [(record["kind"], record["resource"]) for record in found] == [
        ("suspended", "agent.fraud"),
        ("resumed", "agent.fraud"),
    ]
    assert {record["who"] for record in found} == {f"arn:aws:iam::{ACCOUNT}:root"}
    assert {record["sender"] for record in found} == {ACCOUNT}, "SQS sets the sender: here the root user"
    assert chain.verify(trail.of_identity("operator")).seq == trail.length("operator")


def test_both_commands_can_be_repeated(command: Command, suspended: Result) -> None:
    again = command("agents", "suspend", "fraud")
    assert (again.exit_code, "was already suspended" in again.output) == (0, True)
    command("agents", "resume", "fraud")
    again = command("agents", "resume", "fraud")
    assert (again.exit_code, "was already running" in again.output) == (0, True)


def test_the_list_shows_the_state_of_each_agent(command: Command, suspended: Result) -> None:
    assert "suspended" in command("agents").output
    command("agents", "resume", "fraud")
    assert "running" in command("agents").output


def test_a_deploy_that_changes_the_agent_leaves_it_suspended(
    stack: LocalStack, suspended: Result, eventually: Callable[..., Any]
) -> None:
    cloudformation, name = stack.client("cloudformation"), "hookline-agent-fraud"
    original = cloudformation.get_template(StackName=name)["TemplateBody"]

    def deploy(body: Any) -> None:
        text = body if isinstance(body, str) else json.dumps(body)
        cloudformation.update_stack(StackName=name, TemplateBody=text, Capabilities=["CAPABILITY_NAMED_IAM"])
        status = "UPDATE_COMPLETE"
        eventually(lambda: cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"] == status, status)

    changed = json.loads(original) if isinstance(original, str) else json.loads(json.dumps(original))
    for resource in changed["Resources"].values():
        match resource["Type"]:
            case "AWS::Lambda::EventSourceMapping":
                resource["Properties"]["BatchSize"] = 2
            case "AWS::IAM::Policy":
                resource["Properties"]["PolicyDocument"]["Statement"].pop()
    deploy(changed)
    assert DeployedAgent(stack, "fraud").status().state == "suspended"
    deploy(original)
