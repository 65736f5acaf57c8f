"""Square as a source."""

from functions.core.manifest.source import Reading, SourceManifest

MANIFEST = SourceManifest(
    name="square",
    owner="payments-risk",
    documents="https://developer.squareup.com/docs/webhooks/step3validate",
    secret="Developer Console > the application > Webhooks > Subscriptions > Signature key",
    reading=Reading(type=["type"], id=["event_id"], time="created_at"),
)
