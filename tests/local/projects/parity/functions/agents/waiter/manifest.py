"""What the waiter declares: what wakes it, and what it may wait for."""

from functions.api.agent import AgentManifest, Budget, Subscription, Use

MANIFEST = AgentManifest(
    name="waiter",
    owner="tests",
    purpose="Tell of the next push to a pull request",
    subscribes=[Subscription("change.proposed", sources=["webhook.github"])],
    waits=[Subscription("change.updated", sources=["webhook.github"])],
    uses=[Use("slack", ["message.post"], to=["alerts"], reason="tell of it")],
    budget=Budget(seconds=20, effects_per_event=1),
)
