"""Sentry as a source."""

from functions.api.source import Reading, SignatureScheme, SourceManifest

# https://docs.sentry.io/organization/integrations/integration-platform/webhooks/; its time is unsigned.
SIGNATURE = SignatureScheme(header="sentry-hook-signature", delivery_id="request-id")

MANIFEST = SourceManifest(
    name="sentry",
    owner="engineering",
    documents="https://docs.sentry.io/organization/integrations/integration-platform/webhooks/",
    secret="Settings > Custom Integrations > the integration > Client Secret",
    signature=SIGNATURE,
    reading=Reading(type=["header:sentry-hook-resource", "action"]),
)
