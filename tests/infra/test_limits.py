"""The synth of the whole project says how close it is to limits of AWS."""

import json
import shutil

import pytest
from aws_cdk import App, CfnResource, Stack

from hookline.testing.destinations import every_destination
from infra.app import build, synthesize
from infra.limits import NEAR, LimitExceeded, check_limits
from tests.infra.found import declared_project, every

pytestmark = pytest.mark.synth


@pytest.fixture
def app():
    """Builds the project's app with more context."""

    made = []

    def make(**context: str) -> App:
        made.append(build({"bundle": "false", "destinations": every_destination(declared_project()), **context}))
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
    with pytest.raises(LimitExceeded, match="^rules on event bus hookline: [0-9]+ of 3 "):
        synthesize(app(rules_per_bus="3"))


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
