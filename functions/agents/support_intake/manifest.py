"""The intake of the support desk: which of a ticket's events its agents work on."""

from functions.api.agent import AgentManifest, Budget, Subscription, Use

MANIFEST = AgentManifest(
    name="support_intake",
    owner="support",
    purpose="Tell a message of a customer from everything else that happens to a ticket",
    subscribes=[
        Subscription("ticket.created", sources=["webhook.zendesk", "webhook.intercom"]),
        Subscription("ticket.updated", sources=["webhook.zendesk", "webhook.intercom"]),
    ],
    publishes=["case.message", "case.closed"],
    uses=[
        Use("zendesk", ["ticket.read", "comments.read"], reason="read the text that a trigger's delivery leaves out")
    ],
    budget=Budget(effects_per_event=0, hops=0),
    flow="support",
)
