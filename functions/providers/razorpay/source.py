"""Razorpay as a source."""

from functions.api.source import Reading, SignatureScheme, SourceManifest

# https://razorpay.com/docs/webhooks/validate-test/
SIGNATURE = SignatureScheme(header="x-razorpay-signature", delivery_id="x-razorpay-event-id")

MANIFEST = SourceManifest(
    name="razorpay",
    owner="payments-risk",
    documents="https://razorpay.com/docs/webhooks/validate-test/",
    secret="Yours: you type it in at Account & Settings > Webhooks > the webhook > Secret",
    signature=SIGNATURE,
    reading=Reading(type=["event"], time="created_at"),
    overlap=24 * 3600,  # retries of older events are signed with the older secret
)
