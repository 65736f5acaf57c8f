"""Stripe as a source."""

from functions.core.manifest import SourceManifest

MANIFEST = SourceManifest(
    name="stripe",
    owner="payments-risk",
    documents="https://docs.stripe.com/webhooks",
    tolerance=300,
    max_bytes=1_000_000,
)
