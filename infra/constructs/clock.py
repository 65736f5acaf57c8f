"""One-time schedules of EventBridge Scheduler: their group, and the role with which they reach their target."""

from aws_cdk import Aws, Tags
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from infra import naming
from infra.constructs import arns
from infra.constructs.function import may


def add_clock(scope: Construct, *, group: str, role: str, allow: iam.PolicyStatement, tags: dict[str, str]) -> iam.Role:
    """The schedule group `group`, and the role named `role`, which its schedules use and which may do `allow` only."""
    scheduler.CfnScheduleGroup(scope, "Schedules", name=group)
    arn = arns.arn("scheduler", f"schedule-group/{group}")
    ours = {"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID, "aws:SourceArn": arn}}
    clock = iam.Role(
        scope,
        "Clock",
        role_name=naming.role(role, Aws.REGION),
        assumed_by=iam.ServicePrincipal("scheduler.amazonaws.com", conditions=ours),
        permissions_boundary=iam.ManagedPolicy.from_managed_policy_name(scope, "Boundary", naming.boundary(Aws.REGION)),
    )
    for key, value in tags.items():
        Tags.of(clock).add(f"hookline:{key}", value)
    clock.add_to_policy(allow)
    return clock


def may_schedule(group: str, role: str) -> list[iam.PolicyStatement]:
    """The statements that allow to make schedules in a group, and to give them the role named `role` and no other."""
    return [
        may("scheduler:CreateSchedule", on=[arns.arn("scheduler", f"schedule/{group}/*")]),
        may(
            "iam:PassRole",
            on=[arns.role_arn(role)],
            when={"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}},
        ),
    ]
