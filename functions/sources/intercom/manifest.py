"""Intercom as a source."""

from functions.core.manifest.source import Reading, SourceManifest

MANIFEST = SourceManifest(
    name="intercom",
    owner="support",
    documents="https://developers.intercom.com/docs/references/webhooks/webhook-models",
    secret="Developer Hub > the app > Basic information > Client secret",
    reading=Reading(type=["topic"], id=["id"], time="created_at"),
    pings=["ping"],
)
