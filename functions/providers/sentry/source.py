"""Sentry as a source."""

from functions.api.source import BodyDigest, Reading, SignatureScheme, SourceManifest, Tenant

# https://docs.sentry.io/organization/integrations/integration-platform/webhooks/; its time is unsigned.
SIGNATURE = SignatureScheme(header="sentry-hook-signature", delivery_id="request-id")

MANIFEST = SourceManifest(
    name="sentry",
    owner="engineering",
    documents="https://docs.sentry.io/organization/integrations/integration-platform/webhooks/",
    secret="Settings > Custom Integrations > the integration > Client Secret",
    signature=SIGNATURE,
    reading=Reading(
        # The action is signed; the resource's name is not.
        type=["header:sentry-hook-resource", "action|"],
        identity=BodyDigest(window=3600),
        # The client secret is the integration's, which any organization can install; an internal one has no other.
        tenant=Tenant("installation", "installation.uuid", own="own"),
    ),
    largest_body=None,
    address_check=None,
)
