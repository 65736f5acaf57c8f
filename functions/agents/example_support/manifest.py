"""The support desk, a member of the examples of workflows."""

from functions.api.agent import AgentManifest, Budget, Subscription

MANIFEST = AgentManifest(
    name="example_support",
    owner="support",
    purpose="Do the work of the support desk in each example",
    subscribes=[
        Subscription(
            "task.assigned",
            sources=[
                "agent.example_quote",
                "agent.example_dispute",
                "agent.example_note",
                "agent.example_ticket",
                "agent.example_failure",
            ],
        )
    ],
    budget=Budget(hops=1),
    flow="patterns",
)
