"""The billing desk, a member of the examples of workflows."""

from functions.api.agent import AgentManifest, Budget, Subscription

MANIFEST = AgentManifest(
    name="example_billing",
    owner="payments-risk",
    purpose="Do the work of the billing desk in each example",
    subscribes=[
        Subscription(
            "task.assigned",
            sources=["agent.example_quote", "agent.example_dispute", "agent.example_ticket", "agent.example_failure"],
        )
    ],
    budget=Budget(hops=1),
    flow="patterns",
)
