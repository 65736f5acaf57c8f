"""Suspending an agent: what it loses, in which order, and what happens to an event in flight."""

import json
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from functions.core.events import catalogue
from functions.core.manifests.agent import AgentManifest, Subscription
from functions.core.platform.environment import AgentEnvironment
from functions.core.platform.errors import Denied
from functions.core.runtime.serve import serve
from hookline.operator.errors import OperatorError
from hookline.operator.suspension import DENY_ALL, POLICY, TRIES, DeployedAgent, NotDeployed, deployed
from infra import naming

QUEUE = "hookline-agent-fraud"
ROLE = f"{QUEUE}-us-east-1"


class Aws:
    """What a suspension needs of AWS: one role, one event source mapping, one queue; `calls` are those that change it.

    `refusals` are the codes of errors that the next changes of the mapping get.
    """

    def __init__(self, state: str = "Enabled", policies: tuple[str, ...] = ("DefaultPolicy",)) -> None:
        self.state = state
        self.policies = list(policies)
        self.calls: list[str] = []
        self.refusals: list[str] = []
        self.role = ROLE
        self.invoked = QUEUE
        self.meta = SimpleNamespace(region_name="us-east-1")

    def client(self, service: str) -> "Aws":
        return self

    def get_paginator(self, operation: str):
        assert operation == "list_role_policies"
        return SimpleNamespace(paginate=self._policies)

    def _policies(self, RoleName):
        if RoleName != self.role:
            raise error("NoSuchEntity")
        return [{"PolicyNames": [name]} for name in self.policies]  # a page each

    def put_role_policy(self, RoleName, PolicyName, PolicyDocument):
        assert (RoleName, PolicyDocument) == (ROLE, DENY_ALL)
        self.calls.append("deny")
        self.policies.append(PolicyName)

    def delete_role_policy(self, RoleName, PolicyName):
        self.calls.append("allow")
        self.policies.remove(PolicyName)

    def list_event_source_mappings(self, FunctionName):
        other = {"UUID": "other", "EventSourceArn": f"arn:aws:sqs:us-east-1:1:{QUEUE}-other", "State": "Enabled"}
        own = {"UUID": "own", "EventSourceArn": f"arn:aws:sqs:us-east-1:1:{QUEUE}", "State": self.state}
        return {"EventSourceMappings": [other, own] if FunctionName == self.invoked else []}

    def update_event_source_mapping(self, UUID, Enabled):
        assert UUID == "own"
        if self.refusals:
            raise error(self.refusals.pop(0))
        self.calls.append("poll" if Enabled else "stop")
        self.state = "Enabling" if Enabled else "Disabling"

    def get_queue_url(self, QueueName):
        return {"QueueUrl": QueueName}

    def get_queue_attributes(self, QueueUrl, AttributeNames):
        return {"Attributes": dict(zip(AttributeNames, ["3", "1", "2"], strict=True))}


def error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "made up"}}, "Operation")


def agent(aws: Aws, waits: list[float] | None = None, name: str = "fraud") -> DeployedAgent:
    return DeployedAgent(aws, name, sleep=(waits if waits is not None else []).append)


def test_an_agent_that_is_invoked_by_an_alias_is_suspended_and_resumed_as_well():
    """The queue of an agent with low latency invokes the alias whose environments are kept."""
    aws = Aws()
    aws.invoked = f"{QUEUE}:{naming.LOW_LATENCY}"
    assert len(list(agent(aws).suspend())) == 2
    aws.state = "Disabled"
    assert len(list(agent(aws).resume())) == 2
    assert aws.calls == ["deny", "stop", "allow", "poll"]


def test_the_policy_denies_every_action_on_everything():
    """Whatever else is allowed: in IAM a deny beats it."""
    assert json.loads(DENY_ALL)["Statement"] == [{"Effect": "Deny", "Action": "*", "Resource": "*"}]


def test_suspending_takes_the_credentials_first():
    """They can do harm; a message that arrives in between fails and is retried."""
    aws = Aws()
    assert len(list(agent(aws).suspend())) == 2
    assert aws.calls == ["deny", "stop"]
    assert POLICY in aws.policies


def test_resuming_gives_the_credentials_first():
    """Otherwise an agent without them would receive a message, and use up a try."""
    aws = Aws("Disabled", (POLICY, "DefaultPolicy"))
    assert len(list(agent(aws).resume())) == 2
    assert (aws.calls, aws.policies) == (["allow", "poll"], ["DefaultPolicy"])


@pytest.mark.parametrize(
    ("state", "policies", "status"),
    [
        ("Enabled", (), "running"),
        ("Enabling", (), "running"),
        ("Disabled", (POLICY,), "suspended"),
        ("Disabling", (POLICY,), "suspended"),
        ("Enabled", (POLICY,), "half suspended"),
        ("Disabled", (), "half suspended"),
    ],
)
def test_how_an_agent_stands_goes_by_both(state, policies, status):
    """A deploy may have had the queue polled again: that shows."""
    found = agent(Aws(state, policies)).status()
    assert (found.state, found.waiting) == (status, 6), "a copy that waits for a circuit is delayed"


@pytest.mark.parametrize("state", ["Enabled", "Disabled"])
@pytest.mark.parametrize("policies", [(), (POLICY,)], ids=["allowed", "denied"])
def test_from_wherever_it_stands_either_way_is_whole_and_once_more_does_nothing(state, policies):
    """Both commands may be given again, for instance after one that was cut off."""
    aws = Aws(state, policies)
    list(agent(aws).suspend())
    aws.state = "Disabled"
    assert agent(aws).status().state == "suspended"
    assert list(agent(aws).suspend()) == []
    list(agent(aws).resume())
    aws.state = "Enabled"
    assert agent(aws).status().state == "running"
    assert list(agent(aws).resume()) == []


def test_a_mapping_that_is_being_changed_is_waited_for():
    """Resumed right after it was suspended."""
    aws, waits = Aws("Disabling", (POLICY,)), []
    aws.refusals = ["ResourceInUseException"] * 3
    list(agent(aws, waits).resume())
    assert (aws.calls, waits) == (["allow", "poll"], [2, 2, 2])


def test_a_role_whose_new_permissions_lambda_does_not_see_yet_is_waited_for():
    """IAM needs seconds to tell everybody."""
    aws, waits = Aws("Disabled", (POLICY,)), []
    aws.refusals = ["InvalidParameterValueException"]
    list(agent(aws, waits).resume())
    assert (aws.calls, waits) == (["allow", "poll"], [2])


def test_the_wait_ends_and_says_what_aws_said():
    """After two minutes; the same command goes on where it stopped."""
    aws, waits = Aws("Disabling", (POLICY,)), []
    aws.refusals = ["ResourceInUseException"] * TRIES
    with pytest.raises(OperatorError, match="AWS refused: .*ResourceInUseException"):
        list(agent(aws, waits).resume())
    assert sum(waits) == 2 * (TRIES - 1)
    assert aws.calls == ["allow"]


def test_credentials_are_gone_though_the_queue_cannot_be_stopped():
    """The operator sees which of the two was done."""
    aws = Aws()
    aws.refusals = ["AccessDeniedException"]
    steps = agent(aws).suspend()
    assert next(steps).startswith(f"role {ROLE} is denied everything")
    with pytest.raises(OperatorError, match="AccessDeniedException"):
        next(steps)
    assert aws.calls == ["deny"]


def test_an_agent_that_is_not_deployed_is_one_clear_line():
    """An agent that does not exist is one clear line too."""
    aws = Aws()
    aws.role = "another"
    with pytest.raises(NotDeployed, match="agent fraud is not deployed here"):
        agent(aws).status()
    with pytest.raises(OperatorError, match="there is no agent 'frod' .did you mean fraud"):
        list(agent(aws, name="frod").suspend())


def test_the_agents_that_are_deployed_are_those_whose_queues_are_read():
    """Folders do not count, and neither do the queues of others; whether each queue is polled comes along."""

    def paginate():
        states = {
            QUEUE: "Enabled",
            "hookline-agent-gone": "Disabled",
            "hookline-context": "Enabled",
            "elsewhere": "Enabled",
        }
        arn = "arn:aws:sqs:us-east-1:1:"
        return [{"EventSourceMappings": [{"EventSourceArn": arn + queue, "State": states[queue]}]} for queue in states]

    pages = SimpleNamespace(get_paginator=lambda operation: SimpleNamespace(paginate=paginate))
    assert deployed(SimpleNamespace(client=lambda service: pages)) == {"fraud": True, "gone": False}


def test_an_aws_that_cannot_be_reached_is_one_clear_line():
    """No traceback."""

    def unreachable(service):
        raise EndpointConnectionError(endpoint_url="https://iam.amazonaws.com")

    with pytest.raises(OperatorError, match="cannot be reached"):
        agent(SimpleNamespace(client=unreachable)).status()


def test_an_event_in_flight_when_its_agent_is_suspended_is_retried(
    platform,
    monkeypatch,
    dynamodb,
    table,
    eventbridge,
    sqs,
    make_event,
    envelope_of,
    sqs_payload,
    lambda_context,
    client_error,
):
    """Every further call to AWS is denied: the event is neither dead-lettered nor marked as handled."""
    table("idempotency")
    environment = AgentEnvironment("audit", "queue", "dead", "fraud", "bus", "idempotency", "arn")
    served = platform(environment, dynamodb=dynamodb, events=eventbridge, sqs=sqs)

    def denied(**_):
        raise client_error("AccessDenied")

    def run(event, tools):
        for method in ("send_message", "change_message_visibility"):
            monkeypatch.setattr(sqs, method, denied, raising=False)
        for method in ("put_item", "update_item", "delete_item"):
            monkeypatch.setattr(dynamodb, method, denied)
        raise Denied("IAM does not let this agent invoke stripe")

    manifest = AgentManifest("fraud", "tests", "tests", [Subscription("payment.succeeded", ["webhook.stripe"])])
    handler = serve(manifest, run, catalogue, served)
    answer = handler(sqs_payload(envelope_of(make_event())), lambda_context)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m0"}]}
    assert (sqs.calls, eventbridge.events) == ([], [])
