"""SendGrid as a source."""

from functions.api.source import BodyDigest, OneTenant, Reading, SignatureScheme, SignedId, SourceManifest

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
    reading=Reading(
        type=["event"],
        # SendGrid leaves the id out of some events, such as those of unsubscribe groups.
        identity=SignedId(["sg_event_id"], otherwise=BodyDigest(window=3 * 24 * 3600)),
        tenant=OneTenant("the key is that of one account's or subuser's webhook"),
        time="timestamp",
        items="",
    ),
    largest_body=None,
    address_check=None,
)
