"""Square as a source."""

from functions.api.source import Reading, SignatureScheme, SignedId, SourceManifest, Tenant

# https://developer.squareup.com/docs/webhooks/step3validate
SIGNATURE = SignatureScheme(
    header="x-square-hmacsha256-signature",
    signs="{url}{body}",
    encoding="base64",
)

MANIFEST = SourceManifest(
    name="square",
    owner="payments-risk",
    documents="https://developer.squareup.com/docs/webhooks/step3validate",
    secret="Developer Console > the application > Webhooks > Subscriptions > Signature key",
    signature=SIGNATURE,
    reading=Reading(
        type=["type"],
        identity=SignedId(["event_id"]),
        # The signature key is the application's, which any seller can authorize.
        tenant=Tenant("merchant", "merchant_id"),
        time="created_at",
    ),
    largest_body=None,
    address_check=None,
)
