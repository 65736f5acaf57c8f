"""One agent: its function, queue, rules and idempotency table. Agents share no resources of their stacks."""

from collections.abc import Sequence

from aws_cdk import Stack
from constructs import Construct

from functions.core.events import reviews
from functions.core.events.reviews import APPROVAL_REQUIRED
from functions.core.manifests.agent import AgentManifest, Subscription
from functions.core.manifests.timeouts import timeout
from functions.core.platform.environment import AgentEnvironment
from infra import naming
from infra.bundling import agent_lock
from infra.constructs import arns
from infra.constructs.consumer import Consumer, Pattern, any_of, queue_urls
from infra.constructs.function import may, only_events
from infra.constructs.table import table
from infra.interpreters import ROOT
from infra.settings import Settings
from infra.tags import manifest_tags

GENERAL = "functions.core.runtime.handlers.agent"


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
                    when=only_events(manifest.identity, [*manifest.publishes, APPROVAL_REQUIRED]),
                ),
                # With an open circuit breaker, an event is sent again as a copy: the outage must not use up its tries.
                may("sqs:SendMessage", on=[arns.arn("sqs", name)]),
                *([may("lambda:InvokeFunction", on=aliases)] if aliases else []),
            ],
            feeds_itself=True,
            tags=manifest_tags("agent", manifest, manifest.purpose),
        )


def starts(manifest: AgentManifest) -> str:
    """The module of the general handler, or the agent's own handler.py if it has one."""
    own = ROOT / "functions/agents" / manifest.name / "handler.py"
    return f"functions.agents.{manifest.name}.handler" if own.is_file() else GENERAL


def pattern(manifest: AgentManifest) -> Pattern:
    """The event pattern of the agent's rule: its subscriptions, or a decision on one of its reviews.

    One rule, because a bus has 300.
    """
    asked = {"data": {"agent": [manifest.name]}}
    decided = {"source": [reviews.SOURCE], "detail-type": list(reviews.DECISIONS), "detail": asked}
    return any_of([*map(_pattern, merged(manifest.subscribes)), decided])


def _pattern(subscription: Subscription) -> Pattern:
    woken = {"source": list(subscription.sources), "detail-type": [subscription.detail_type]}
    return {**woken, "detail": {"raw": {"type": list(subscription.raw)}}} if subscription.raw else woken


def merged(subscriptions: Sequence[Subscription]) -> list[Subscription]:
    """One subscription for each detail type, with all sources and raw types, except for decisions on reviews.

    The agent that requested a review receives its decision without a subscription.
    """
    found: dict[str, Subscription] = {}
    for one in subscriptions:
        decided = one.detail_type in reviews.DECISIONS
        sources = [source for source in one.sources if not (decided and source == reviews.SOURCE)]
        if not sources:
            continue
        before = found.get(one.detail_type)
        found[one.detail_type] = Subscription(
            one.detail_type,
            list(dict.fromkeys([*(before.sources if before else ()), *sources])),
            list(dict.fromkeys([*(before.raw if before else ()), *one.raw])),
        )
    return list(found.values())
