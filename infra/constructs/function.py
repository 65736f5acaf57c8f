"""A Lambda function of Hookline, with its own role under the boundary, its own log group and its own zip."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from aws_cdk import Aws, Duration, RemovalPolicy, Tags
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from functions.core.platform.environment import Environment, Started
from infra import naming
from infra.bundling import Recipe, build, lambda_target
from infra.constructs import arns
from infra.limits import MEMORY
from infra.local_zips import pack
from infra.settings import Settings

ENTRY = "functions.core.platform.cold_start.handler"


class Function(Construct):
    """A Lambda function named `name`, with a role of its own that may do what `allow` says and no more.

    `starts` is the module whose `start` makes its handler, `endpoints` are variables of the AWS SDK. A function that
    sends messages to its own queue `feeds_itself`: Lambda stops others after about 16 invocations that result from each
    other.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: Settings,
        name: str,
        starts: str,
        code: Sequence[str],
        environment: Environment,
        endpoints: Mapping[str, str] | None = None,
        seconds: int,
        allow: Sequence[iam.PolicyStatement] = (),
        tags: dict[str, str] | None = None,
        lock: Path | None = None,
        without: Sequence[str] = (),
        feeds_itself: bool = False,
        reserved_concurrency: int | None = None,
    ) -> None:
        super().__init__(scope, id)
        naming.require_fit(name)
        self.log_group = logs.LogGroup(
            self,
            "Log",
            log_group_name=f"/aws/lambda/{name}",
            retention=logs.RetentionDays.THREE_MONTHS,
            removal_policy=RemovalPolicy.DESTROY,
        )
        boundary = iam.ManagedPolicy.from_managed_policy_name(self, "Boundary", naming.boundary(Aws.REGION))
        self.role = iam.Role(
            self,
            "Role",
            role_name=naming.role(name, Aws.REGION),
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            permissions_boundary=boundary,
        )
        log_streams = arns.arn("logs", f"log-group:/aws/lambda/{name}:*")
        for statement in (*allow, may("logs:CreateLogStream", "logs:PutLogEvents", on=[log_streams])):
            self.role.add_to_policy(statement)
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=name,
            handler=ENTRY,
            code=lambda_.Code.from_asset(str(_built(Recipe(name, code, without), lock, settings)))
            if settings.bundle
            else lambda_.Code.from_inline("# not bundled"),
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            memory_size=MEMORY,
            timeout=Duration.seconds(seconds),
            reserved_concurrent_executions=reserved_concurrency,
            role=self.role.without_policy_updates(),
            log_group=self.log_group,
            environment={**Started(starts, naming.STAGE).variables(), **environment.variables(), **(endpoints or {})},
            recursive_loop=lambda_.RecursiveLoop.ALLOW if feeds_itself else None,
        )
        self.function.node.add_dependency(self.role)
        for key, value in (tags or {}).items():
            Tags.of(self).add(f"hookline:{key}", value)


def may(*actions: str, on: Sequence[str], when: dict[str, dict[str, object]] | None = None) -> iam.PolicyStatement:
    """An IAM statement that allows `actions` on the resources `on`, under the conditions `when`."""
    return iam.PolicyStatement(actions=list(actions), resources=list(on), conditions=when or {})


def only_rows(*keys: str) -> dict[str, dict[str, object]]:
    """The condition that limits a DynamoDB statement to rows whose partition keys match `keys`."""
    # Without the second part, a request without any key would fulfil the first.
    return {
        "ForAllValues:StringLike": {"dynamodb:LeadingKeys": list(keys)},
        "Null": {"dynamodb:LeadingKeys": "false"},
    }


def only_attributes(*names: str) -> dict[str, dict[str, object]]:
    """The condition that limits a DynamoDB query to these attributes, those of its key among them.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
    """
    return {
        "ForAllValues:StringEquals": {"dynamodb:Attributes": list(names)},
        "StringEquals": {"dynamodb:Select": "SPECIFIC_ATTRIBUTES"},
        "Null": {"dynamodb:Attributes": "false"},
    }


def only_events(source: str, detail_types: Sequence[str] = ()) -> dict[str, dict[str, object]]:
    """The condition that limits a PutEvents statement to events of `source`, a pattern if it ends in an asterisk.

    With `detail_types`, the events also have one of these types.
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html
    """
    keys = {"events:source": [source], **({"events:detail-type": list(detail_types)} if detail_types else {})}
    # A request has up to ten events, and so AWS gives the key several values: without ForAllValues, one event of
    # `source` could let others through. Without the second part, a request without the key would fulfil the first.
    return {
        f"ForAllValues:{'StringLike' if source.endswith('*') else 'StringEquals'}": dict(keys),
        "Null": dict.fromkeys(keys, "false"),
    }


def may_audit(identity: str) -> iam.PolicyStatement:
    """The statement that allows `identity` to send to its audit queue; only the recorder may read from it."""
    return may("sqs:SendMessage", on=[arns.arn("sqs", naming.audit_queue(identity))])


def _built(recipe: Recipe, lock: Path | None, settings: Settings) -> Path:
    return pack(recipe) if settings.local else build(recipe, lambda_target(), lock)
