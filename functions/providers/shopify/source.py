"""Shopify as a source."""

from functions.api.source import Reading, SignatureScheme, SourceManifest

# https://shopify.dev/docs/apps/build/webhooks/subscribe/https; for an hour after a rotation the
# old secret may still sign.
SIGNATURE = SignatureScheme(
    header="x-shopify-hmac-sha256",
    encoding="base64",
    delivery_id="x-shopify-webhook-id",
)

MANIFEST = SourceManifest(
    name="shopify",
    owner="growth",
    documents="https://shopify.dev/docs/apps/build/webhooks/subscribe/https",
    secret="Dev Dashboard > the app > Settings > Client secret; or the admin's Settings > Notifications > Webhooks",
    signature=SIGNATURE,
    reading=Reading(type=["header:x-shopify-topic"], time="updated_at", types_share_bytes=True),
    overlap=3600,
)
