"""What it declares: it reads a pull request, and writes a review and a check run."""

from functions.api.agent import AgentManifest, Budget, Subscription, Use

READS = ["pull.get", "pull.files", "contents.read"]

MANIFEST = AgentManifest(
    name="reviewing",
    owner="tests",
    purpose="Review a pull request",
    subscribes=[Subscription("change.proposed", sources=["webhook.github"])],
    uses=[Use("github", [*READS, "review.create", "check.create", "summary.put"], reason="tests")],
    budget=Budget(seconds=20, effects_per_event=3),
)
