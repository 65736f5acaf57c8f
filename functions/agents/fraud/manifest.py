"""The fraud agent: what it subscribes to, publishes and uses."""

from functions.api.agent import AgentManifest, Budget, Subscription, Use

MANIFEST = AgentManifest(
    name="fraud",
    owner="payments-risk",
    purpose="Approve a cleared payment or hand it to a person",
    subscribes=[
        Subscription("payment.succeeded", sources=["webhook.stripe"]),
        Subscription("review.approved", sources=["review.service"]),
    ],
    publishes=["payment.approved", "payment.held"],
    uses=[
        Use(
            "stripe",
            ["charge.retrieve", "review.retrieve", "review.approve"],
            reason="read the charge and its review, close the review",
        ),
        Use("context", ["timeline.read"], reason="compare with this customer's past"),
    ],
    budget=Budget(seconds=20, effects_per_event=1, usd_per_event="0.00", hops=0),
)
