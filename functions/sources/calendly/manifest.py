"""Calendly as a source."""

from functions.core.manifest.source import Reading, SourceManifest

MANIFEST = SourceManifest(
    name="calendly",
    owner="growth",
    documents="https://developer.calendly.com/api-docs/overview/webhooks/webhook-signatures",
    secret="Yours: the signing_key that you give when you create the subscription, or that Calendly answers with",
    reading=Reading(type=["event"], time="created_at"),
)
