"""An example of the magentic pattern: find out why a payment failed, with a plan made by rules."""

from functions.api.agent import AgentManifest, Budget, Subscription
from functions.api.workflow import Magentic, Route, Rules

MANIFEST = AgentManifest(
    name="example_failure",
    owner="payments-risk",
    purpose="Find out why a payment failed",
    subscribes=[Subscription("payment.failed", sources=["webhook.stripe"])],
    workflow=Magentic(
        planner=Rules([Route("stripe:charge", ["example_billing", "example_support"], "find out why it failed")]),
        workers=["example_billing", "example_support"],
        steps=6,
        replans=1,
    ),
    budget=Budget(hops=2),
    flow="patterns",
)
