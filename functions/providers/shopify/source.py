"""Shopify as a source."""

from functions.api.source import BodyDigest, Reading, SignatureScheme, SourceManifest, Tenant

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
    reading=Reading(
        type=["header:x-shopify-topic"],
        identity=BodyDigest(window=24 * 3600),  # it retries for 4 hours
        # The client secret is the app's, and a body does not always name its shop.
        tenant=Tenant("shop", "header:x-shopify-shop-domain"),
        time="updated_at",
    ),
    largest_body=None,
    address_check=None,
    overlap=3600,
)
