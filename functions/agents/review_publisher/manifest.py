"""The review's publisher: the one of the code review that writes, and only what the reviewers reported."""

from functions.api.agent import AgentManifest, Budget, Subscription, Use

MANIFEST = AgentManifest(
    name="review_publisher",
    owner="engineering",
    purpose="Publish one review of what the reviewers report",
    subscribes=[Subscription("workflow.ended", sources=["agent.code_review"])],
    uses=[
        Use(
            "github",
            ["pull.get", "pull.files", "check.list", "line_comment.list", "comment.list"],
            reason="read the head, its lines, and what is published already",
        ),
        Use(
            "github",
            ["review.create", "summary.put", "check.create"],
            reason="write the review, its summary and the check run",
        ),
    ],
    budget=Budget(seconds=100, effects_per_event=3, hops=2),
    flow="code-review",
)
