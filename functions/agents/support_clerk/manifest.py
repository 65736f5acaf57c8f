"""The clerk of the support desk: it hands a case to people."""

from functions.api.agent import AgentManifest, Budget, Subscription, Use

MANIFEST = AgentManifest(
    name="support_clerk",
    owner="support",
    purpose="Write into the ticket what a person needs who goes on with its case",
    subscribes=[
        Subscription("workflow.ended", sources=["agent.support_desk"]),
        Subscription("refund.declined", sources=["agent.billing_support"]),
        Subscription("refund.settled", sources=["agent.billing_support"]),
    ],
    uses=[
        Use(
            "zendesk",
            ["ticket.update", "ticket.read"],
            reason="write the summary, tags, priority and group in one update",
        ),
        Use(
            "intercom",
            ["conversation.reply", "conversation.read", "conversation.tag", "conversation.assign"],
            reason="write the summary as a note, with tags, and assign it to a team",
        ),
        Use("context", ["timeline.read"], reason="say what happened to this customer before"),
    ],
    # What became of a refund comes after the case, the task, the question and the decision, and after three more hops
    # each time that a person is asked again.
    budget=Budget(effects_per_event=3, hops=11),
    flow="support",
)
