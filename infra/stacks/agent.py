"""One agent: its function, queue, rules and idempotency table. Agents share no resources of their stacks."""

from aws_cdk import Stack
from constructs import Construct

from functions.core.manifests.agent import AgentManifest
from functions.core.manifests.timeouts import timeout
from functions.core.platform.environment import AgentEnvironment
from functions.core.workflows.published import published
from infra import naming
from infra.bundling import agent_lock
from infra.constructs import arns
from infra.constructs.consumer import Consumer, queue_urls
from infra.constructs.function import may, only_events
from infra.constructs.table import table
from infra.rules import pattern, starts
from infra.settings import Settings
from infra.tags import manifest_tags


class AgentStack(Stack):
    """The stack of the agent that `manifest` declares."""

    def __init__(self, scope: Construct, id: str, settings: Settings, manifest: AgentManifest) -> None:
        super().__init__(scope, id, description=f"Hookline: agent {manifest.name}. {manifest.purpose}")
        name = naming.agent(manifest.name)
        memory = naming.idempotency_table(manifest.name)
        table(self, "Idempotency", settings, memory, key="id", expires="expiration")
        aliases = [arns.alias_arn(naming.connector(connector), manifest.name) for connector in manifest.connectors]
        Consumer(
            self,
            "Agent",
            settings=settings,
            name=name,
            identity=manifest.identity,
            starts=starts(manifest),
            code=["functions/core", "functions/api", "functions/events", f"functions/agents/{manifest.name}"],
            lock=agent_lock(manifest.name, with_model=manifest.model is not None),
            pattern=pattern(manifest),
            environment=AgentEnvironment(
                **queue_urls(name, manifest.identity),
                agent=manifest.name,
                bus=naming.BUS,
                idempotency_table=memory,
                connectors_arn=arns.alias_arn(naming.connector("{connector}"), manifest.name),
                records_bucket=arns.records_bucket() if manifest.recorded else "",
            ),
            seconds=timeout(manifest.budget.seconds),
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
                *([may("s3:PutObject", on=[arns.records_arn(manifest.identity)])] if manifest.recorded else []),
            ],
            feeds_itself=True,
            tags=manifest_tags("agent", manifest, manifest.purpose),
        )
