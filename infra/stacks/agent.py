"""One agent: its function, queue, rules and idempotency table. Agents share no resources of their stacks."""

from aws_cdk import Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from constructs import Construct

from functions.core.manifests.agent import AgentManifest
from functions.core.manifests.timeouts import timeout
from functions.core.platform.environment import AgentEnvironment, ManagerEnvironment
from functions.core.runtime.latency import HANDLED_AFTER
from functions.core.workflows import runs
from functions.core.workflows.published import published
from functions.core.workflows.spill import prefix
from infra import naming
from infra.bundling import agent_lock
from infra.constructs import arns
from infra.constructs.alarm import PERIOD, alarm
from infra.constructs.clock import add_clock, may_schedule
from infra.constructs.consumer import Consumer, queue_urls
from infra.constructs.function import may, only_events
from infra.constructs.table import table
from infra.constructs.unrecorded import alarm_if_unrecorded
from infra.rules import pattern, starts
from infra.settings import Settings
from infra.tags import manifest_tags


class AgentStack(Stack):
    """The stack of the agent that `manifest` declares; `warm` is how many of its environments are kept initialized."""

    def __init__(self, scope: Construct, id: str, settings: Settings, manifest: AgentManifest, warm: int = 0) -> None:
        super().__init__(scope, id, description=f"Hookline: agent {manifest.name}. {manifest.purpose}")
        name = naming.agent(manifest.name)
        memory = naming.idempotency_table(manifest.name)
        rows = table(self, "Idempotency", settings, memory, key="id", expires="expiration")
        if manifest.workflow:
            self._of_manager(manifest, rows)
        aliases = [arns.alias_arn(naming.connector(connector), manifest.name) for connector in manifest.connectors]
        consumer = Consumer(
            self,
            "Agent",
            settings=settings,
            name=name,
            identity=manifest.identity,
            starts=starts(manifest),
            code=["functions/core", "functions/api", "functions/events", f"functions/agents/{manifest.name}"],
            lock=agent_lock(manifest.name, with_model=manifest.model is not None),
            pattern=pattern(manifest),
            environment=_environment(manifest),
            seconds=timeout(manifest.budget.seconds),
            warm=warm,
            batch=1,  # each event has its own seconds: a slow one must not use up the tries of others in a batch
            allow=[
                may(
                    "dynamodb:GetItem",
                    "dynamodb:PutItem",
                    "dynamodb:UpdateItem",
                    "dynamodb:DeleteItem",
                    on=[arns.table_arn(memory)],
                ),
                may(
                    "events:PutEvents",
                    on=[arns.bus_arn()],
                    when=only_events(manifest.identity, published(manifest)),
                ),
                # With an open circuit breaker, an event is sent again as a copy: the outage must not use up its tries.
                may("sqs:SendMessage", on=[arns.arn("sqs", name)]),
                *([may("lambda:InvokeFunction", on=aliases)] if aliases else []),
                *(_may_manage(manifest.name) if manifest.workflow else []),
                *([may("s3:PutObject", on=[arns.records_arn(manifest.identity)])] if manifest.recorded else []),
            ],
            feeds_itself=True,
            tags=manifest_tags("agent", manifest, manifest.purpose),
        )
        if manifest.within:
            _alarm_if_late(consumer.function, manifest)

        if manifest.recorded:
            alarm_if_unrecorded(self, manifest.identity)

    def _of_manager(self, manifest: AgentManifest, rows: dynamodb.Table) -> None:
        """The index of its runs, by which operators list them, and what its deadlines beyond 15 minutes need."""
        kind, started = runs.INDEX_KEYS
        rows.add_global_secondary_index(
            index_name=runs.INDEX,
            partition_key=dynamodb.Attribute(name=kind, type=dynamodb.AttributeType.STRING),
            sort_key=dynamodb.Attribute(name=started, type=dynamodb.AttributeType.STRING),
            projection_type=dynamodb.ProjectionType.INCLUDE,
            non_key_attributes=list(runs.INDEX_SHOWS),
        )
        add_clock(
            self,
            group=naming.schedules(manifest.name),
            role=naming.clock(manifest.name),
            allow=may("sqs:SendMessage", on=[arns.arn("sqs", naming.agent(manifest.name))]),
            tags=manifest_tags("agent", manifest, "Send the deadlines of runs to their manager"),
        )


def _alarm_if_late(function: Construct, manifest: AgentManifest) -> None:
    """An alarm at the first event that the agent handles later than it promises."""
    took = cloudwatch.Metric(
        namespace="Hookline",
        metric_name=HANDLED_AFTER,
        dimensions_map={"service": manifest.identity},
        statistic="Maximum",
        period=PERIOD,
    )
    late = f"{manifest.name} handled an event more than {manifest.within} s after its delivery"
    alarm(function, took, manifest.within, f"{late}: 'hookline logs {manifest.name}' shows what held it", queue=False)


def _environment(manifest: AgentManifest) -> AgentEnvironment:
    name = naming.agent(manifest.name)
    common = {
        **queue_urls(name, manifest.identity),
        "agent": manifest.name,
        "bus": naming.BUS,
        "idempotency_table": naming.idempotency_table(manifest.name),
        "connectors_arn": arns.alias_arn(naming.connector("{connector}"), manifest.name),
        "records_bucket": arns.records_bucket() if manifest.recorded else "",
    }
    if not manifest.workflow:
        return AgentEnvironment(**common)
    return ManagerEnvironment(
        **common,
        bodies_bucket=arns.bodies_bucket(),
        schedule_group=naming.schedules(manifest.name),
        queue_arn=arns.arn("sqs", name),
        clock_role_arn=arns.role_arn(naming.clock(manifest.name)),
    )


def _may_manage(name: str) -> list[iam.PolicyStatement]:
    """What a manager may beyond an agent: set deadlines, and store the older part of its runs' records."""
    stored = may("s3:PutObject", on=[arns.bodies_arn(f"{prefix(name)}*")])
    return [*may_schedule(naming.schedules(name), naming.clock(name)), stored]
