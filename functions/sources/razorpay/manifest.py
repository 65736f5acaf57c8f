"""Razorpay as a source."""

from functions.core.manifest.source import Reading, SourceManifest

MANIFEST = SourceManifest(
    name="razorpay",
    owner="payments-risk",
    documents="https://razorpay.com/docs/webhooks/validate-test/",
    secret="Yours: you type it in at Account & Settings > Webhooks > the webhook > Secret",
    reading=Reading(type=["event"], time="created_at"),
    overlap=24 * 3600,  # retries of older events are signed with the older secret
)
