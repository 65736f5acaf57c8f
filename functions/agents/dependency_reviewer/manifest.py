"""The dependency reviewer, a member of the code review: what it reads."""

from functions.api.agent import AgentManifest, Budget, Subscription, Use

MANIFEST = AgentManifest(
    name="dependency_reviewer",
    owner="engineering",
    purpose="Find risky changes of dependencies in a pull request",
    subscribes=[Subscription("task.assigned", sources=["agent.code_review"])],
    uses=[Use("github", ["pull.files", "contents.read"], reason="read the changed files and their contents")],
    budget=Budget(seconds=100, effects_per_event=0, hops=1),
    flow="code-review",
)
