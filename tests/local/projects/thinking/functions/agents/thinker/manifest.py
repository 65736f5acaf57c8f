"""Asks a model about a new customer."""

from functions.api.agent import AgentManifest, Budget, Subscription

MANIFEST = AgentManifest(
    name="thinker",
    owner="engineering",
    purpose="Think about new customers",
    subscribes=[Subscription("stripe.unmapped", raw=["customer.created"])],
    budget=Budget(seconds=6, model_calls_per_event=2, usd_per_event="0.05"),
    model="bedrock:us.anthropic.claude-haiku-4-5-20251001-v1:0",
)
