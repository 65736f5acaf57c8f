"""The content checker: approves mails to leads, or objects."""

from functions.api.agent import AgentManifest, Budget, Subscription

MANIFEST = AgentManifest(
    name="content_checker",
    owner="growth",
    purpose="Approve the mail to a lead or object",
    subscribes=[Subscription("task.assigned", sources=["agent.content_manager"])],
    # Rules check first, and no model overrules them. With a model as content_writer may have one, it is asked too.
    budget=Budget(seconds=30, hops=3),
    flow="leads",
)
