"""The agent that ends calls: what it subscribes to, waits for, publishes and uses."""

from functions.api.agent import AgentManifest, Budget, Subscription, Use

MANIFEST = AgentManifest(
    name="call_limit",
    owner="support",
    purpose="End an answered call at its longest duration and publish that",
    subscribes=[
        Subscription("call.answered", sources=["agent.reception"]),
        Subscription("call.overdue", sources=["agent.call_limit"]),
    ],
    # OpenAI sends no event when a call ends. An agent of yours that learns of it publishes call.ended: add it here.
    waits=[Subscription("call.ended", sources=["agent.call_limit"])],
    publishes=["call.overdue", "call.ended"],
    uses=[
        Use("openai", ["call.hangup", "session.hangup"], reason="end a call at its longest duration"),
        Use("claims", ["place.give_back"], reason="the line has room for another call"),
    ],
    budget=Budget(seconds=20, effects_per_event=2),
    flow="calls",
)
