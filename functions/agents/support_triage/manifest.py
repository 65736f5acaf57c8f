"""The triage of the support desk: it labels a message, and finds who can answer it."""

from functions.api.agent import AgentManifest, Budget, Subscription

MANIFEST = AgentManifest(
    name="support_triage",
    owner="support",
    purpose="Label a message by intent and language and urgency and mood and find its specialist",
    subscribes=[Subscription("task.assigned", sources=["agent.support_desk"])],
    # A text of a thousand emojis takes the embedding seconds of a part of a CPU.
    budget=Budget(seconds=60, effects_per_event=0, hops=4),
    flow="support",
)
