"""An example of the handoff pattern: a customer's comment goes from desk to desk until one can answer it."""

from functions.api.agent import AgentManifest, Budget, Subscription
from functions.api.workflow import Handoff

MANIFEST = AgentManifest(
    name="example_ticket",
    owner="support",
    purpose="Find the desk that can answer a ticket",
    subscribes=[Subscription("ticket.updated", sources=["webhook.zendesk"])],
    workflow=Handoff(triage="example_support", specialists=["example_billing", "example_sales"]),
    budget=Budget(hops=2),
    flow="patterns",
)
