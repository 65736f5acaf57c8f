"""Zendesk as a source."""

from functions.api.source import OneTenant, Reading, SignatureScheme, SignedId, SourceManifest

# https://developer.zendesk.com/documentation/webhooks/verifying/; it documents no tolerance: 300 s is ours.
SIGNATURE = SignatureScheme(
    header="x-zendesk-webhook-signature",
    signs="{timestamp}{body}",
    encoding="base64",
    timestamp="x-zendesk-webhook-signature-timestamp",
    clock="iso8601",
    tolerance=300,
    delivery_id="x-zendesk-webhook-invocation-id",
)

MANIFEST = SourceManifest(
    name="zendesk",
    owner="support",
    documents="https://developer.zendesk.com/api-reference/webhooks/event-types/webhook-event-types/",
    secret="Admin Center > Apps and integrations > Webhooks > the webhook > Reveal secret",
    signature=SIGNATURE,
    reading=Reading(
        type=["type"],
        identity=SignedId(["id"]),
        tenant=OneTenant("the secret is that of one account's webhook"),
        time="time",
    ),
    largest_body=None,
    address_check=None,
    names={"ticket": "the ticket that the event is about", "user": "the person who asks in it"},
    translates={
        "zen:event-type:ticket.created": "ticket.created",
        "zen:event-type:ticket.comment_added": "ticket.updated",
        "zen:event-type:ticket.status_changed": "ticket.updated",
        "zen:event-type:ticket.priority_changed": "ticket.updated",
        "zen:event-type:ticket.subject_changed": "ticket.updated",
        "zen:event-type:ticket.tags_changed": "ticket.updated",
        "zen:event-type:ticket.agent_assignment_changed": "ticket.updated",
        "zen:event-type:ticket.group_assignment_changed": "ticket.updated",
        "zen:event-type:ticket.merged": "ticket.updated",
        "zen:event-type:ticket.marked_as_spam": "ticket.updated",
        "zen:event-type:ticket.soft_deleted": "ticket.updated",
        "zen:event-type:ticket.permanently_deleted": "ticket.updated",
        "zen:event-type:ticket.undeleted": "ticket.updated",
        # Of the triggers in `triggers/`, for accounts without webhooks of Zendesk events.
        "hookline:trigger.ticket.created": "ticket.created",
        "hookline:trigger.ticket.comment_added": "ticket.updated",
        "hookline:trigger.ticket.status_changed": "ticket.updated",
    },
    keys=["detail.id", "detail.requester_id"],
)
