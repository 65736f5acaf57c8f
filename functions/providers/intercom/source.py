"""Intercom as a source."""

from functions.api.source import Reading, SignatureScheme, SourceManifest

# https://developers.intercom.com/docs/webhooks/webhook-notifications; the only source that signs a body with SHA-1.
SIGNATURE = SignatureScheme(header="x-hub-signature", algorithm="hmac-sha1", prefix="sha1=")

MANIFEST = SourceManifest(
    name="intercom",
    owner="support",
    documents="https://developers.intercom.com/docs/references/webhooks/webhook-models",
    secret="Developer Hub > the app > Basic information > Client secret",
    signature=SIGNATURE,
    reading=Reading(type=["topic"], id=["id"], time="created_at"),
    translates={
        "conversation.user.created": "ticket.created",
        "conversation.user.replied": "ticket.updated",
        "conversation.admin.replied": "ticket.updated",
        "conversation.admin.noted": "ticket.updated",
        "conversation.admin.assigned": "ticket.updated",
        "conversation.admin.closed": "ticket.updated",
        "conversation.admin.opened": "ticket.updated",
        "conversation.admin.snoozed": "ticket.updated",
        "conversation.admin.unsnoozed": "ticket.updated",
        "conversation.priority.updated": "ticket.updated",
    },
    keys=["data.item.id", "data.item.contacts.contacts.*.id", "data.item.source.author.id"],
    pings=["ping"],
)
