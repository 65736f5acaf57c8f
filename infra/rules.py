"""The event patterns of the rules on the bus, from the agents' manifests. Pure: it does not import CDK."""

from collections.abc import Mapping, Sequence
from typing import Any

from functions.core.events import reviews, tasks
from functions.core.manifests.agent import AgentManifest, Subscription
from infra.interpreters import ROOT

Pattern = Mapping[str, Any]
GENERAL, MANAGER = "functions.core.runtime.handlers.agent", "functions.core.workflows.handlers.manager"


def pattern(manifest: AgentManifest) -> Pattern:
    """The event pattern of the agent's rule: what it subscribes to or may wait for, a decision on its review, a report.

    One rule, because a bus has 300.
    """
    asked = {"data": {"agent": [manifest.name]}}
    decided = {"source": [reviews.SOURCE], "detail-type": list(reviews.DECISIONS), "detail": asked}
    subscribed = [_pattern(one, manifest.name) for one in merged(manifest.receives)]
    return any_of([*subscribed, decided, *_reports(manifest)])


def starts(manifest: AgentManifest) -> str:
    """The module of the general handler or of the managers' one, or the agent's own handler.py if it has one."""
    own = ROOT / "functions/agents" / manifest.name / "handler.py"
    if own.is_file():
        return f"functions.agents.{manifest.name}.handler"
    return MANAGER if manifest.workflow else GENERAL


def _reports(manifest: AgentManifest) -> list[Pattern]:
    if not manifest.workflow:
        return []
    members = [f"agent.{name}" for name in dict.fromkeys(manifest.workflow.members)]
    detail = {"data": {"agent": [manifest.name]}}
    return [{"source": members, "detail-type": [tasks.TASK_REPORTED], "detail": detail}]


def any_of(patterns: Sequence[Pattern]) -> Pattern:
    """The pattern that an event matches if it matches one of `patterns`."""
    return patterns[0] if len(patterns) == 1 else {"$or": list(patterns)}


def _pattern(subscription: Subscription, agent: str) -> Pattern:
    woken = {"source": list(subscription.sources), "detail-type": [subscription.detail_type]}
    if subscription.detail_type in tasks.ADDRESSED:
        return {**woken, "detail": {"data": {"agent": [agent]}}}
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
