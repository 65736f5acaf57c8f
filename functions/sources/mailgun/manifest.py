"""Mailgun as a source."""

from functions.core.manifest.source import Reading, SourceManifest

MANIFEST = SourceManifest(
    name="mailgun",
    owner="support",
    documents="https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks",
    secret="Control Panel > API Security > HTTP webhook signing key",
    hides=["signature"],
    reading=Reading(type=["event-data.event"], time="event-data.timestamp"),
)
