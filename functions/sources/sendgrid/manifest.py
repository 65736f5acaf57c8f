"""SendGrid as a source."""

from functions.core.manifest.source import Reading, SourceManifest

MANIFEST = SourceManifest(
    name="sendgrid",
    owner="support",
    documents="https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features",
    secret="Settings > Mail Settings > Event Webhooks > the webhook > Signature verification: the public key, base64",
    reading=Reading(type=["event"], id=["sg_event_id"], time="timestamp", items=""),
)
