"""Audit records of a causal tree, as the trail has them."""

from itertools import count
from types import SimpleNamespace
from typing import Any

ROOT = "stripe:evt_1"
QUESTION, APPROVAL, OPENED = "agent.fraud:approval.required:1", "review.service:review.approved:1", "review.service:r:1"

# The agent that these trees wake.
FRAUD = SimpleNamespace(
    identity="agent.fraud",
    subscribes_to=lambda source, type, raw: (source, type) == ("webhook.stripe", "payment.succeeded"),
)

_numbers = count(1)


def record(identity: str, kind: str, event: str = ROOT, action: str = "", **more: Any) -> dict[str, Any]:
    """A record of the tree; each is later than those made before it."""
    number = next(_numbers)
    at = f"2026-09-21T13:36:{number // 1000 % 60:02}.{number % 1000:03}000Z"
    own = {"id": str(number), "at": at, "seq": number, "identity": identity, "kind": kind, "event": event}
    empty = {"causation": "", "correlation": ROOT, "resource": "", "decision": "", "reason": "", "digests": {}}
    return {**empty, **own, "action": action, **more}


def accepted() -> list[dict[str, Any]]:
    """A delivery that is published and on the timeline, and that no agent has."""
    return [
        record("webhook.stripe", "published", action="payment.succeeded"),
        record("service.context", "projected", action="payment.succeeded"),
    ]


def decided(agent: str = "fraud", event: str = ROOT, action: str = "", decision: str = "Done") -> list[dict[str, Any]]:
    """An agent's receipt of an event, and its decision."""
    return [
        record(f"agent.{agent}", "received", event),
        record(f"agent.{agent}", "decided", event, action, decision=decision),
    ]


def published(agent: str, event: str, action: str, cause: str = ROOT) -> list[dict[str, Any]]:
    """An agent's event, which is on the timeline."""
    return [
        record(f"agent.{agent}", "published", event, action, causation=cause),
        record("service.context", "projected", event, action),
    ]


def held() -> list[dict[str, Any]]:
    """A payment whose agent asks a person, and its announced review."""
    return [
        *accepted(),
        *decided(action="stripe:review.approve", decision="ApprovalRequired"),
        *published("fraud", QUESTION, "approval.required"),
        record("service.reviews", "asked", QUESTION, "stripe:review.approve"),
        record("service.reviews", "published", OPENED, "review.opened", causation=QUESTION),
    ]


def approved() -> list[dict[str, Any]]:
    """The same after a person's approval, which the agent has not received."""
    return [
        *held(),
        record("service.reviews", "approved", QUESTION, "stripe:review.approve"),
        record("service.reviews", "published", APPROVAL, "review.approved", causation=QUESTION),
    ]
