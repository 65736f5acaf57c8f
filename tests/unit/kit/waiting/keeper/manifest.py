"""What the keeper declares: it subscribes to refunds too, and waits for them."""

from functions.api.agent import AgentManifest, Budget, Subscription, Use

MANIFEST = AgentManifest(
    name="keeper",
    owner="tests",
    purpose="Look at the charges that a refund is about",
    subscribes=[
        Subscription("payment.succeeded", ["webhook.stripe"]),
        Subscription("payment.failed", ["webhook.stripe"]),
    ],
    waits=[Subscription("payment.disputed", ["webhook.stripe"]), Subscription("payment.failed", ["webhook.stripe"])],
    publishes=["payment.held"],
    uses=[Use("stripe", ["charge.retrieve"], "look at it")],
    budget=Budget(seconds=20, effects_per_event=1),
)
