"""Linear as a source."""

from functions.api.source import Field, Reading, SignatureScheme, SourceManifest

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
    reading=Reading(type=["type", "action"], id=["type", "action", "data.id|", "createdAt"], time="createdAt"),
)
