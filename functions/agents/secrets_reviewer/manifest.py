"""The secrets reviewer, a member of the code review: what it reads."""

from functions.api.agent import AgentManifest, Budget, Subscription, Use

MANIFEST = AgentManifest(
    name="secrets_reviewer",
    owner="engineering",
    purpose="Find secrets that a pull request adds",
    subscribes=[Subscription("task.assigned", sources=["agent.code_review"])],
    uses=[Use("github", ["pull.files"], reason="read the files of the pull request")],
    budget=Budget(seconds=100, effects_per_event=0, hops=1),
    flow="code-review",
)
