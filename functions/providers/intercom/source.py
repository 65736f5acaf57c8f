"""Intercom as a source."""

from functions.api.source import Reading, SignatureScheme, SourceManifest

# https://developers.intercom.com/docs/webhooks/webhook-notifications; the one SHA-1 of a body.
SIGNATURE = SignatureScheme(header="x-hub-signature", algorithm="hmac-sha1", prefix="sha1=")

MANIFEST = SourceManifest(
    name="intercom",
    owner="support",
    documents="https://developers.intercom.com/docs/references/webhooks/webhook-models",
    secret="Developer Hub > the app > Basic information > Client secret",
    signature=SIGNATURE,
    reading=Reading(type=["topic"], id=["id"], time="created_at"),
    pings=["ping"],
)
