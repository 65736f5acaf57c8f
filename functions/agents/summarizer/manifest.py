"""The summarizer agent: what it subscribes to and uses."""

from functions.api.agent import AgentManifest, Budget, Recorded, Subscription, Use

MANIFEST = AgentManifest(
    name="summarizer",
    owner="support",
    purpose="Tell the team what happened to a customer who opens a ticket",
    subscribes=[Subscription("ticket.created", sources=["webhook.zendesk", "webhook.intercom"])],
    uses=[
        Use("context", ["timeline.read"], reason="read what happened to this customer before"),
        Use("slack", ["message.post"], to=["notes"], reason="post the note for the team"),
    ],
    # A profile of every region. Without a model (delete the line, and the policy's permit), rules write the note.
    model="bedrock:global.anthropic.claude-haiku-4-5-20251001-v1:0",
    budget=Budget(
        seconds=60,
        effects_per_event=1,
        hops=0,
        model_calls_per_event=4,
        tokens_per_event=100_000,
        usd_per_event="0.15",
        usd_per_tree="0.30",
    ),
    optional=True,
    recorded=Recorded(),
)
