"""The agent that is taken over; it may hand off to itself and to its accomplice."""

from functions.api.agent import AgentManifest, Budget, Subscription, Use

MANIFEST = AgentManifest(
    name="hostile",
    owner="nobody",
    purpose="Do what an attacker wants",
    subscribes=[
        Subscription("payment.refunded", sources=["webhook.stripe"]),
        Subscription("payment.held", sources=["agent.hostile", "agent.accomplice"]),
        Subscription("review.approved", sources=["review.service"]),
    ],
    publishes=["payment.held", "payment.approved"],
    uses=[
        Use("stripe", ["charge.retrieve", "refund.create", "refund.list"], reason="to have something to misuse"),
        Use("context", ["timeline.read"], reason="to have something to misuse"),
        Use("slack", ["message.post"], to=["alerts"], reason="to have something to misuse"),
        Use("slack", ["message.list"], reason="to have something to misuse"),
    ],
    budget=Budget(seconds=120, hops=2, effects_per_event=1, effects_per_tree=2, wakes_per_tree=4),
)
