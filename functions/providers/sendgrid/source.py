"""SendGrid as a source."""

from functions.api.source import Reading, SignatureScheme, SourceManifest

# https://www.twilio.com/docs/sendgrid, "Getting started with the Event Webhook security features"; it
# documents no tolerance and its SDK checks none: 300 s is ours.
SIGNATURE = SignatureScheme(
    header="x-twilio-email-event-webhook-signature",
    algorithm="ecdsa-p256-sha256",
    signs="{timestamp}{body}",
    encoding="base64",
    timestamp="x-twilio-email-event-webhook-timestamp",
    tolerance=300,
    key="der",
)

MANIFEST = SourceManifest(
    name="sendgrid",
    owner="support",
    documents="https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features",
    secret="Settings > Mail Settings > Event Webhooks > the webhook > Signature verification: the public key, base64",
    signature=SIGNATURE,
    reading=Reading(type=["event"], id=["sg_event_id"], time="timestamp", items=""),
)
