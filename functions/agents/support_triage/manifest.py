"""The triage of the support desk: it labels a message, and finds who can answer it."""

from functions.api.agent import AgentManifest, Budget, Subscription

MANIFEST = AgentManifest(
    name="support_triage",
    owner="support",
    purpose="Label a message by intent and language and urgency and mood and find its specialist",
    subscribes=[Subscription("task.assigned", sources=["agent.support_desk"])],
    # A classifier labels. With model="bedrock:…", model_calls_per_event and usd_per_event of the budget, a policy.cedar
    # that permits converse, and pydantic-ai-slim[bedrock] in requirements.in, a model does, and the classifier stands
    # in for it.
    # A text of a thousand emojis takes the embedding seconds of a part of a CPU.
    budget=Budget(seconds=60, effects_per_event=0, hops=4),
    flow="support",
)
