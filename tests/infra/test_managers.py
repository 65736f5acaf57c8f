"""What a manager is deployed with beyond an agent: an index of its runs, a clock, and the record of its runs in S3."""

import pytest
from aws_cdk import App

from functions.core.manifests.agent import AgentManifest, Subscription
from functions.core.platform.environment import ManagerEnvironment
from functions.core.workflows.gates import Field, Gate
from functions.core.workflows.patterns.sequential import Sequential, Stage
from hookline.simulation import declared
from hookline.validation.discovery import Project
from infra import naming
from infra.settings import Settings
from infra.stacks.agent import AgentStack
from infra.stacks.shared import SharedStack
from infra.templates import Deployed

pytestmark = pytest.mark.synth

LONGEST = "b" * 31
QUEUE = f"arn:aws:sqs:REGION:ACCOUNT:{naming.agent(LONGEST)}"
CLOCK = f"arn:aws:iam::ACCOUNT:role/{naming.role(naming.clock(LONGEST), 'REGION')}"
BUCKET = naming.bodies_bucket("ACCOUNT", "REGION")


def refused(output, before):
    """A gate's own function: a manifest that has one is deployed too."""
    return ""


MANAGER = AgentManifest(
    LONGEST,
    "tests",
    "Decide",
    [Subscription("payment.succeeded", ["webhook.stripe"])],
    workflow=Sequential(stages=[Stage("draft", "ada", Gate({"n": Field("whole")}, refused))], same_entity="supersede"),
)
MEMBER = AgentManifest("ada", "tests", "Work", [Subscription("task.assigned", [MANAGER.identity])])


def synth(folder, *agents):
    app = App(context={"bundle": "false"}, outdir=str(folder))
    chosen = Settings.of(app.node)
    SharedStack(app, "shared", chosen, Project(agents={one.name: one for one in agents}))
    for one in agents:
        AgentStack(app, naming.agent_stack(one.name), chosen, one)
    assembly = app.synth()
    return Deployed.of({one.stack_name: (folder / one.template_file).read_bytes() for one in assembly.stacks})


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """A manager with the longest name, and a member."""
    return synth(tmp_path_factory.mktemp("managers"), MANAGER, MEMBER)


def test_a_manager_may_set_deadlines_and_store_its_runs_records_and_no_more(found):
    """Beyond what a member may: schedules of its own group, its clock's role for the scheduler, its own prefix."""
    own, members = ({(p.action, p.resource) for p in found.may(naming.agent(one.name))} for one in (MANAGER, MEMBER))
    actions = {action for action, _ in own} - {action for action, _ in members}
    assert {one for one in own if one[0] in actions} == {
        ("scheduler:CreateSchedule", f"arn:aws:scheduler:REGION:ACCOUNT:schedule/{naming.schedules(LONGEST)}/*"),
        ("iam:PassRole", CLOCK),
        ("s3:PutObject", f"arn:aws:s3:::{BUCKET}/runs/{LONGEST}/*"),
    }
    (passing,) = [p for p in found.permissions if p.action == "iam:PassRole"]
    assert passing.when == {"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}}


def test_a_managers_clock_may_send_to_its_queue_and_nothing_else(found):
    """And only its own schedules have that role, which the boundary is around."""
    assert [(p.action, p.resource) for p in found.may(naming.clock(LONGEST))] == [("sqs:SendMessage", QUEUE)]
    clock = next(one for one in found.all("AWS::IAM::Role") if one.name == CLOCK.rpartition("/")[2])
    (trust,) = clock.properties["AssumeRolePolicyDocument"]["Statement"]
    group = f"arn:aws:scheduler:REGION:ACCOUNT:schedule-group/{naming.schedules(LONGEST)}"
    assert trust["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": "ACCOUNT", "aws:SourceArn": group}}
    assert f"policy/{naming.boundary('REGION')}" in str(clock.properties["PermissionsBoundary"])
    assert [one.name for one in found.all("AWS::Scheduler::ScheduleGroup")] == [naming.schedules(LONGEST)]


def test_the_boundary_allows_it_where_there_are_managers_only(found, tmp_path):
    """Of a project without one, it is as narrow as before."""
    for action in ("scheduler:CreateSchedule", "iam:PassRole", "s3:PutObject"):
        (needed,) = [p for p in found.may(naming.agent(LONGEST)) if p.action == action]
        allowed = [one for one in found.boundary if one.action == action and one.covers(needed.resource)]
        assert [one.when for one in allowed] == [{}]
    without = synth(tmp_path, MEMBER)
    assert not [one for one in without.boundary if "-agent-" in one.resource and one.action.startswith("scheduler:")]


def test_the_names_of_a_managers_resources_fit(found):
    """A role's with the longest region, and a schedule group's of 64 characters."""
    assert naming.fits_role(naming.clock(LONGEST)) and len(naming.schedules(LONGEST)) <= 64


def test_a_managers_wiring_without_a_synthesis_is_that_of_its_templates(found):
    """Its environment, and its table with the index of runs."""
    own = declared.wiring([MANAGER], [], [], {}, {})
    name, rows = naming.agent(LONGEST), naming.idempotency_table(LONGEST)
    (function,) = [one for one in own.functions if one.name == name]
    (table,) = [one for one in own.tables if one["TableName"] == rows]
    assert function.environment == found.functions[name].properties["Environment"]["Variables"]
    ManagerEnvironment.read(function.environment)
    (made,) = [one.properties for one in found.all("AWS::DynamoDB::Table") if one.name == rows]
    assert made["GlobalSecondaryIndexes"] == table["GlobalSecondaryIndexes"]
    assert sorted(made["AttributeDefinitions"], key=str) == sorted(table["AttributeDefinitions"], key=str)
    (index,) = made["GlobalSecondaryIndexes"]
    assert index["Projection"] == {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["summary", "saved"]}


def test_records_in_s3_are_encrypted_private_and_expire(found):
    """Later than a run does."""
    (bucket,) = [one for one in found.all("AWS::S3::Bucket") if one.name == BUCKET]
    (rule,) = bucket.properties["LifecycleConfiguration"]["Rules"]
    assert rule["ExpirationInDays"] == 90
    assert bucket.properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert all(bucket.properties["PublicAccessBlockConfiguration"].values())
