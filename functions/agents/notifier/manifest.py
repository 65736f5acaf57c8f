"""The notifier agent: what it hears, says and uses."""

from functions.api.agent import AgentManifest, Budget, Subscription, Use

MANIFEST = AgentManifest(
    name="notifier",
    owner="platform",
    purpose="Tell Slack channels that a review waits for a person",
    subscribes=[Subscription("review.opened", sources=["review.service"])],
    uses=[Use("slack", ["message.post"], reason="say in the channel that somebody is asked")],
    # As many channels as there can be (infra/settings.py). An announcement is a tree of its own.
    budget=Budget(seconds=20, effects_per_event=5, hops=0),
)
