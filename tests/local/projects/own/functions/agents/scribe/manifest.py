"""Replies to each note at its provider, and to a delivery that the provider's source does not translate."""

from functions.api.agent import AgentManifest, Budget, Subscription, Use

MANIFEST = AgentManifest(
    name="scribe",
    owner="engineering",
    purpose="Reply to notes",
    subscribes=[
        Subscription("note.taken", sources=["webhook.acme"]),
        Subscription("acme.unmapped", raw=["note.starred"]),
    ],
    uses=[Use("acme", ["note.reply"], reason="reply to the note")],
    budget=Budget(seconds=20),
)
