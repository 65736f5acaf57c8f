"""The notifier agent: what it subscribes to and uses."""

from functions.api.agent import AgentManifest, Budget, Subscription, Use

MANIFEST = AgentManifest(
    name="notifier",
    owner="platform",
    purpose="Tell a Slack channel that a review waits for a person",
    subscribes=[Subscription("review.opened", sources=["review.service"])],
    uses=[Use("slack", ["message.post"], to=["reviews"], reason="post the notice of the review")],
    # An announcement is the first event of its own tree.
    budget=Budget(seconds=20, effects_per_event=1, hops=0),
    optional=True,
)
