"""Shopify as a source."""

from functions.core.manifest.source import Reading, SourceManifest

MANIFEST = SourceManifest(
    name="shopify",
    owner="growth",
    documents="https://shopify.dev/docs/apps/build/webhooks/subscribe/https",
    secret="Dev Dashboard > the app > Settings > Client secret; or the admin's Settings > Notifications > Webhooks",
    reading=Reading(type=["header:x-shopify-topic"], time="updated_at", types_share_bytes=True),
    overlap=3600,
)
