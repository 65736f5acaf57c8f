"""Zendesk as a source."""

from functions.core.manifest.source import Reading, SourceManifest

MANIFEST = SourceManifest(
    name="zendesk",
    owner="support",
    documents="https://developer.zendesk.com/api-reference/webhooks/event-types/webhook-event-types/",
    secret="Admin Center > Apps and integrations > Webhooks > the webhook > Reveal secret",
    reading=Reading(type=["type"], id=["id"], time="time"),
)
