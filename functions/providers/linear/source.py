"""Linear as a source."""

from functions.api.source import Field, Reading, SignatureScheme, SignedId, SourceManifest, Tenant

# https://linear.app/developers/webhooks#securing-webhooks; the time is a member of the signed body.
SIGNATURE = SignatureScheme(
    header="linear-signature",
    timestamp=Field(("webhookTimestamp",)),
    clock="milliseconds",
    tolerance=60,
    delivery_id="linear-delivery",
)

MANIFEST = SourceManifest(
    name="linear",
    owner="engineering",
    documents="https://linear.app/developers/webhooks",
    secret="Settings > API > Webhooks > the webhook > Signing secret",
    signature=SIGNATURE,
    reading=Reading(
        type=["type", "action"],
        # Without data, the id is that of the notification, the session or the activity of an agent.
        identity=SignedId(
            [
                *("type", "action", "data.id|", "notification.id|", "agentSession.id|", "agentActivity.id|"),
                "createdAt",
            ]
        ),
        # An OAuth application's secret serves every workspace that installs it.
        tenant=Tenant("workspace", "organizationId"),
        time="createdAt",
    ),
    largest_body=None,
    address_check=None,
)
