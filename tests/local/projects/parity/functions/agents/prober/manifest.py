"""What the prober declares: one operation, to two destinations, once an event."""

from functions.api.agent import AgentManifest, Budget, Subscription, Use

MANIFEST = AgentManifest(
    name="prober",
    owner="tests",
    purpose="Try what an agent may and may not do",
    subscribes=[Subscription("change.proposed", sources=["webhook.github"])],
    uses=[Use("slack", ["message.post"], to=["alerts", "others"], reason="try it")],
    budget=Budget(seconds=20, effects_per_event=1),
)
