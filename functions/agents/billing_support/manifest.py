"""The billing specialist of the support desk."""

from functions.api.agent import AgentManifest, Budget, Subscription, Use

MANIFEST = AgentManifest(
    name="billing_support",
    owner="support",
    purpose="Answer messages about payments and propose refunds of a verified customer",
    subscribes=[
        Subscription("task.assigned", sources=["agent.support_desk"]),
        Subscription("review.denied", sources=["review.service"]),
        Subscription("review.expired", sources=["review.service"]),
        Subscription("review.settled", sources=["review.service"]),
    ],
    publishes=["refund.proposed", "refund.declined", "refund.settled"],
    uses=[
        Use("zendesk", ["ticket.update", "ticket.read"], reason="write the draft, tags and priority in one update"),
        Use("zendesk", ["user.read", "comments.read"], reason="know whether the requester's address is confirmed"),
        Use(
            "intercom",
            ["conversation.reply", "conversation.read", "conversation.tag"],
            reason="write the draft as a note, with tags",
        ),
        Use("intercom", ["contact.read"], reason="know whether the requester's address is confirmed"),
        Use("context", ["timeline.read", "link.follow"], reason="find the requester's customer and their payments"),
        Use("stripe", ["charge.retrieve", "refund.create"], reason="propose a refund, which a person approves"),
    ],
    # A case that messages join is answered again: two effects for each answer at Intercom, and one refund.
    budget=Budget(effects_per_event=8, hops=4),
    flow="support",
)
