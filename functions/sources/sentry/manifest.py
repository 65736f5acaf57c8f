"""Sentry as a source."""

from functions.core.manifest.source import Reading, SourceManifest

MANIFEST = SourceManifest(
    name="sentry",
    owner="engineering",
    documents="https://docs.sentry.io/organization/integrations/integration-platform/webhooks/",
    secret="Settings > Custom Integrations > the integration > Client Secret",
    reading=Reading(type=["header:sentry-hook-resource", "action"]),
)
