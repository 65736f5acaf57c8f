"""The lead CRM agent: what it subscribes to and uses."""

from functions.api.agent import AgentManifest, Budget, Subscription, Use

MANIFEST = AgentManifest(
    name="lead_crm",
    owner="growth",
    purpose="Keep each lead in HubSpot with its owner and a task",
    subscribes=[
        Subscription("lead.routed", sources=["agent.lead_router"]),
        Subscription("lead.joined", sources=["agent.lead_router"]),
    ],
    uses=[
        Use("hubspot", ["owners.list"], to=["crm"], reason="the ids of the owners who are still there"),
        Use("hubspot", ["contact.upsert", "task.create"], reason="keep the person, by the address that they gave"),
        Use("hubspot", ["contact.assign", "contact_task.create"], reason="give a contact of the CRM to its owner"),
    ],
    budget=Budget(seconds=30, effects_per_event=2, hops=1),
    flow="leads",
)
