"""The hostile agent; it may hand off to itself and to its accomplice."""

from functions.api.agent import AgentManifest, Budget, Subscription, Use

MANIFEST = AgentManifest(
    name="hostile",
    owner="nobody",
    purpose="Follow the instructions of an attacker",
    subscribes=[
        Subscription("payment.refunded", sources=["webhook.stripe"]),
        Subscription("payment.held", sources=["agent.hostile", "agent.accomplice"]),
        Subscription("review.approved", sources=["review.service"]),
    ],
    publishes=["payment.held", "payment.approved"],
    uses=[
        Use("stripe", ["charge.retrieve", "refund.create", "refund.list"], reason="have something to misuse"),
        Use("context", ["timeline.read"], reason="have something to misuse"),
        Use("slack", ["message.post"], to=["alerts"], reason="have something to misuse"),
        Use("slack", ["message.list"], reason="have something to misuse"),
    ],
    budget=Budget(seconds=120, hops=2, effects_per_event=1, effects_per_tree=2, wakes_per_tree=4),
)
