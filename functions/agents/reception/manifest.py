"""The reception agent: what it subscribes to, publishes and uses."""

from functions.api.agent import AgentManifest, Budget, Subscription, Use

MANIFEST = AgentManifest(
    name="reception",
    owner="support",
    purpose="Accept or put through or refuse each call while it rings",
    subscribes=[Subscription("call.incoming", sources=["webhook.openai"], latency="low")],
    publishes=["call.answered", "call.refused", "call.missed"],
    uses=[
        Use(
            "openai",
            ["call.accept", "call.reject", "call.refer", "session.accept", "session.reject", "session.refer"],
            reason="answer the call by the API that announced it",
        ),
        # A caller does not wait for a slow ledger or timeline: settings.py says what is answered without them.
        Use(
            "claims",
            ["place.take", "place.give_back"],
            reason="answer as many calls as a line has room for",
            seconds=2,
        ),
        Use("context", ["timeline.read"], reason="see whether the number called before", seconds=2),
    ],
    # Three effects: a place is taken, a call accepted, and put through. Nobody waits for an answer longer than a call
    # rings.
    budget=Budget(seconds=8, effects_per_event=3, hops=0, seconds_per_tree=20),
    flow="calls",
)
