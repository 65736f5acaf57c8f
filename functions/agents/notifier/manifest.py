"""The notifier agent: what it hears, says and uses."""

from functions.core.manifest.agent import AgentManifest, Budget, Subscription, Use

MANIFEST = AgentManifest(
    name="notifier",
    owner="platform",
    purpose="Tell Slack channels that a review waits for a person",
    hears=[Subscription("review.opened", sources=["review.desk"])],
    uses=[Use("slack", ["message.post"], reason="say in the channel that somebody is asked")],
    # Agents may have handed work on several times before one of them asks, and one tree may ask for several things.
    budget=Budget(seconds=20, effects_per_event=5, effects_per_tree=100, wakes_per_tree=40, hops=20),
)
