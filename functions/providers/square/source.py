"""Square as a source."""

from functions.api.source import Reading, SignatureScheme, SourceManifest

# https://developer.squareup.com/docs/webhooks/step3validate
SIGNATURE = SignatureScheme(
    header="x-square-hmacsha256-signature",
    signs="{url}{body}",
    encoding="base64",
)

MANIFEST = SourceManifest(
    name="square",
    owner="payments-risk",
    documents="https://developer.squareup.com/docs/webhooks/step3validate",
    secret="Developer Console > the application > Webhooks > Subscriptions > Signature key",
    signature=SIGNATURE,
    reading=Reading(type=["type"], id=["event_id"], time="created_at"),
)
