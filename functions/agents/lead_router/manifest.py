"""The lead router: what it subscribes to, publishes and uses."""

from functions.api.agent import AgentManifest, Budget, Subscription, Use

MANIFEST = AgentManifest(
    name="lead_router",
    owner="growth",
    purpose="Score each lead and give it to one owner",
    subscribes=[
        Subscription("lead.captured", sources=["webhook.typeform", "webhook.hubspot"]),
        Subscription("product.event", sources=["webhook.standard_webhooks"]),
    ],
    publishes=["lead.routed", "lead.joined"],
    uses=[
        Use("claims", ["claim.take", "turn.take"], reason="one lead for a person, and one turn for a lead"),
        Use("context", ["timeline.read"], reason="score by what the person did before"),
        Use("hubspot", ["contact.find", "contact.read"], reason="who a contact is, and its owner, who keeps it"),
    ],
    budget=Budget(seconds=30, effects_per_event=2, hops=0),
    flow="leads",
)
