"""The synth of the whole project says how close it is to limits of AWS."""

import json
import shutil

import pytest
from aws_cdk import App, CfnResource, Stack

from hookline.testing.example_settings import every_destination, every_tenant
from infra.app import build, synthesize
from infra.limits import NEAR, RESOURCES_PER_STACK, RULES_PER_BUS, LimitExceeded, check_limits
from tests.infra.found import declared_project, every

pytestmark = pytest.mark.synth


@pytest.fixture
def app():
    """Builds the project's app with more context."""

    made = []

    def make(**context: str) -> App:
        made.append(
            build(
                {
                    "bundle": "false",
                    "destinations": every_destination(declared_project()),
                    "tenants": every_tenant(declared_project()),
                    **context,
                },
                validated=False,
            )
        )
        return made[-1]

    yield make
    for one in made:
        shutil.rmtree(one.outdir)


def grow(app, resources):
    """Add a stack with so many resources."""
    stack = Stack(app, "large")
    for number in range(resources):
        CfnResource(stack, f"Queue{number}", type="AWS::SQS::Queue")


def test_the_project_with_every_source_is_far_from_the_limits(templates):
    assert check_limits({stack: json.loads(template) for stack, template in templates.items()}) == []


def test_a_stack_above_80_percent_is_a_warning_and_above_the_limit_an_error(app):
    near, over = app(), app()
    grow(near, 450)
    (warning,) = synthesize(near)
    assert warning.startswith("resources of stack large: 450 of 500 (90 %)")
    grow(over, 501)
    with pytest.raises(LimitExceeded, match=r"^resources of stack large: 501 of 500 [^\n]*$"):
        synthesize(over)


def test_more_rules_than_the_quota_of_the_account_are_refused(app):
    with pytest.raises(LimitExceeded, match="(?m)^rules on event bus hookline: [0-9]+ of 3 "):
        synthesize(app(rules_per_bus="3"))


def test_a_bus_has_room_for_290_agents_and_the_connectors_for_an_alias_of_each(templates):
    """An agent is one rule on the bus, and one alias of each connector that it uses; the rest does not grow."""
    parsed = {stack: json.loads(template)["Resources"].values() for stack, template in templates.items()}
    of_agents = {stack for stack in parsed if stack.startswith("hookline-agent-")}
    rules = {stack: sum(one["Type"] == "AWS::Events::Rule" for one in parsed[stack]) for stack in parsed}
    assert {rules[stack] for stack in of_agents} == {1}
    others = sum(rules[stack] for stack in ("hookline-operations", "hookline-reviews"))
    aliases = sum(one["Type"] == "AWS::Lambda::Alias" for one in parsed["hookline-connectors"])
    assert 290 + others <= RULES_PER_BUS
    assert 290 + len(parsed["hookline-connectors"]) - aliases <= RESOURCES_PER_STACK


def test_every_policy_is_far_from_iams_limits(deployed):
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: blanks do not count."""

    def size(policy):
        text = json.dumps(policy.properties["PolicyDocument"], separators=(",", ":"))
        return len(text.replace("ACCOUNT", "1" * 12).replace("REGION", "ap-northeast-1"))

    inline = {policy.properties["Roles"][0]: size(policy) for policy in every(deployed, "AWS::IAM::Policy")}
    managed = {policy.name: size(policy) for policy in every(deployed, "AWS::IAM::ManagedPolicy")}
    assert len(inline) == len(every(deployed, "AWS::IAM::Policy"))  # one for each role
    assert {who: used for who, used in inline.items() if used > NEAR * 10_240} == {}
    assert {who: used for who, used in managed.items() if used > NEAR * 6_144} == {}
