"""Razorpay as a source."""

from functions.api.source import BodyDigest, Reading, SignatureScheme, SourceManifest, Tenant

# https://razorpay.com/docs/webhooks/validate-test/
SIGNATURE = SignatureScheme(header="x-razorpay-signature", delivery_id="x-razorpay-event-id")

MANIFEST = SourceManifest(
    name="razorpay",
    owner="payments-risk",
    documents="https://razorpay.com/docs/webhooks/validate-test/",
    secret="Yours: you type it in at Account & Settings > Webhooks > the webhook > Secret",
    signature=SIGNATURE,
    reading=Reading(
        type=["event"],
        identity=BodyDigest(window=30 * 24 * 3600),
        # A partner's webhook reports the events of many accounts.
        tenant=Tenant("account", "account_id"),
        time="created_at",
    ),
    largest_body=None,
    address_check=None,
    overlap=24 * 3600,  # retries of older events are signed with the older secret
)
