"""The content writer, the maker of mails to leads."""

from functions.api.agent import AgentManifest, Budget, Subscription

MANIFEST = AgentManifest(
    name="content_writer",
    owner="growth",
    purpose="Choose the approved blocks of a mail to a lead",
    subscribes=[Subscription("task.assigned", sources=["agent.content_manager"])],
    # Rules choose. With model="bedrock:…", model_calls_per_event and usd_per_event of the budget, and a policy.cedar
    # that permits converse, a model does, and rules stand in for it.
    budget=Budget(seconds=30, hops=3),
    flow="leads",
)
