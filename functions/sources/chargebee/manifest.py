"""Chargebee as a source."""

from functions.core.manifest.source import Reading, SourceManifest

MANIFEST = SourceManifest(
    name="chargebee",
    owner="payments-risk",
    documents="https://www.chargebee.com/docs/2.0/webhook_settings.html",
    secret="Yours: user:password, as typed in at Settings > Configure Chargebee > Webhooks",
    reading=Reading(type=["event_type"], id=["id"], time="occurred_at"),
)
