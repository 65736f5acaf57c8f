"""The technical specialist of the support desk."""

from functions.api.agent import AgentManifest, Budget, Subscription, Use

MANIFEST = AgentManifest(
    name="technical_support",
    owner="support",
    purpose="Draft answers about bugs and wishes and how something is done",
    subscribes=[Subscription("task.assigned", sources=["agent.support_desk"])],
    uses=[
        Use("zendesk", ["ticket.update", "ticket.read"], reason="write the draft, tags and priority in one update"),
        Use(
            "intercom",
            ["conversation.reply", "conversation.read", "conversation.tag"],
            reason="write the draft as a note, with tags",
        ),
        Use("context", ["timeline.read"], reason="say what happened to this customer before"),
    ],
    # A case that messages join is answered again: two effects for each answer at Intercom.
    budget=Budget(effects_per_event=8, hops=4),
    flow="support",
)
