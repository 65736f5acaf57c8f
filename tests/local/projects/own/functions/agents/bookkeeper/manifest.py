from functions.api.agent import AgentManifest, Budget, Subscription

MANIFEST = AgentManifest(
    name="bookkeeper",
    owner="accounts",
    purpose="Note each payment that is approved",
    subscribes=[Subscription("payment.approved", sources=["agent.fraud"])],
    uses=[],
    budget=Budget(effects_per_event=0, hops=1),
)
