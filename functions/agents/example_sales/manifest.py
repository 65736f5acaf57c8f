"""The sales desk, a member of the examples of workflows."""

from functions.api.agent import AgentManifest, Budget, Subscription

MANIFEST = AgentManifest(
    name="example_sales",
    owner="growth",
    purpose="Do the work of the sales desk in each example",
    subscribes=[
        Subscription(
            "task.assigned",
            sources=["agent.example_quote", "agent.example_dispute", "agent.example_note", "agent.example_ticket"],
        )
    ],
    budget=Budget(hops=1),
    flow="patterns",
)
