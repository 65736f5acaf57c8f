"""The sales alert: what it subscribes to and uses, and how fast it is."""

from functions.api.agent import AgentManifest, Budget, Subscription, Use

MANIFEST = AgentManifest(
    name="sales_alert",
    owner="growth",
    purpose="Tell a Slack channel of each lead with what is known",
    subscribes=[Subscription("lead.routed", sources=["agent.lead_router"])],
    uses=[Use("slack", ["message.post"], to=["sales"], reason="post the lead for its owner")],
    budget=Budget(seconds=20, effects_per_event=1, hops=1),
    # Speed to lead: a minute from the form to the alert.
    within=60,
    flow="leads",
)
