"""The design reviewer, a member of the code review: what it reads."""

from functions.api.agent import AgentManifest, Budget, Subscription, Use

MANIFEST = AgentManifest(
    name="design_reviewer",
    owner="engineering",
    purpose="Find faults in the logic of a pull request with a model",
    subscribes=[Subscription("task.assigned", sources=["agent.code_review"])],
    uses=[Use("github", ["pull.files"], reason="read the files of the pull request")],
    # A profile of every region. Without a model (delete the line, and the policy's permit), it stands aside.
    model="bedrock:global.anthropic.claude-haiku-4-5-20251001-v1:0",
    budget=Budget(
        seconds=100,
        effects_per_event=0,
        hops=1,
        model_calls_per_event=3,
        tokens_per_event=80_000,
        usd_per_event="0.15",
    ),
    flow="code-review",
)
