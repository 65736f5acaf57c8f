"""What it declares: it reads a ticket, and answers it."""

from functions.api.agent import AgentManifest, Budget, Subscription, Use

MANIFEST = AgentManifest(
    name="answering",
    owner="tests",
    purpose="Answer a ticket",
    subscribes=[Subscription("ticket.created", sources=["webhook.zendesk", "webhook.intercom"])],
    uses=[
        Use("zendesk", ["ticket.read", "ticket.update"], reason="tests"),
        Use("intercom", ["conversation.reply", "conversation.tag"], reason="tests"),
    ],
    budget=Budget(seconds=20, effects_per_event=3),
)
