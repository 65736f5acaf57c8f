"""Intercom as a source."""

from functions.api.source import Reading, SignatureScheme, SignedId, SourceManifest, Tenant

# https://developers.intercom.com/docs/webhooks/webhook-notifications; the only source that signs a body with SHA-1.
SIGNATURE = SignatureScheme(header="x-hub-signature", algorithm="hmac-sha1", prefix="sha1=")

MANIFEST = SourceManifest(
    name="intercom",
    owner="support",
    documents="https://developers.intercom.com/docs/references/webhooks/webhook-models",
    secret="Developer Hub > the app > Basic information > Client secret",
    signature=SIGNATURE,
    reading=Reading(
        type=["topic"],
        identity=SignedId(["id"]),
        # The client secret is the app's, which any workspace can install.
        tenant=Tenant("workspace", "app_id"),
        time="created_at",
    ),
    largest_body=None,
    address_check="a HEAD when the address is entered, which anyone gets an empty 200 to, and then a signed ping",
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
    names={
        "conversation": "the conversation that the delivery is about, in the workspace that reports it",
        "contact": "the person who has that conversation",
    },
    methods=("HEAD", "POST"),
    pings=["ping"],
)
