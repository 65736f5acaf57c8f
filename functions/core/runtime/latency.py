"""How long after its delivery an event is handled, for agents that promise it (`within` of the manifest)."""

from aws_lambda_powertools.metrics import MetricUnit, single_metric

from functions.core.authority import grants
from functions.core.events.event import Event
from functions.core.manifests.agent import AgentManifest

# The metric, in seconds, by the `service` of the agent; infra sets an alarm on it.
HANDLED_AFTER = "HandledAfter"


def since_delivery(manifest: AgentManifest, event: Event, now: float) -> float | None:
    """The seconds from the delivery that led to `event` until `now`, to about one; None if the agent promises nothing.

    The delivery's verifier minted the grant, so its time is when the delivery came. Decisions of people and the ends of
    waits are not measured: they may take days.
    """
    if not manifest.within or not manifest.subscribes_to(event.source, event.type, event.raw_type):
        return None
    if event.source.startswith("review."):
        return None
    return max(0.0, now - grants.unverified(event.grant).issued)


def measure(identity: str, seconds: float) -> None:
    """Write the metric of the agent `identity`."""
    with single_metric(
        HANDLED_AFTER, MetricUnit.Seconds, seconds, namespace="Hookline", default_dimensions={"service": identity}
    ):
        pass
