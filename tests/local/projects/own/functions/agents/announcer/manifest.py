"""Posts each proposed change to the operator's destination `alerts`, and publishes that it did."""

from functions.api.agent import AgentManifest, Budget, Subscription, Use

MANIFEST = AgentManifest(
    name="announcer",
    owner="engineering",
    purpose="Tell a Slack channel of each pull request",
    subscribes=[Subscription("change.proposed", sources=["webhook.github"])],
    publishes=["change.announced"],
    uses=[Use("slack", ["message.post"], to=["alerts"], reason="post the pull request")],
    budget=Budget(seconds=20),
)
