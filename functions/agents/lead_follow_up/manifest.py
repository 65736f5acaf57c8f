"""The lead follow-up: the one agent that sends mail to leads."""

from functions.api.agent import AgentManifest, Budget, Subscription, Use

MANIFEST = AgentManifest(
    name="lead_follow_up",
    owner="growth",
    purpose="Send the agreed mail to a lead who may get one",
    subscribes=[
        Subscription("lead.routed", sources=["agent.lead_router"]),
        Subscription("lead.joined", sources=["agent.lead_router"]),
        Subscription("workflow.ended", sources=["agent.content_manager"]),
    ],
    publishes=["follow_up.requested"],
    uses=[
        Use("claims", ["claim.take"], reason="one mail for a person, whichever of their forms permits it"),
        Use("hubspot", ["consent.read"], reason="not to write to who unsubscribed in the CRM"),
        Use("ses", ["suppression.read"], reason="not to write to an address that bounced or complained"),
        Use("ses", ["subscription.read", "email.send"], to=["sender"], reason="write as the operator's sender"),
    ],
    budget=Budget(seconds=30, effects_per_event=1, hops=4),
    flow="leads",
)
