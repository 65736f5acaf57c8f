"""Twilio as a source."""

from functions.core.manifest.source import Reading, SourceManifest

STATUS = "SmsStatus|MessageStatus|CallStatus"

MANIFEST = SourceManifest(
    name="twilio",
    owner="support",
    documents="https://www.twilio.com/docs/usage/webhooks/messaging-webhooks",
    secret="Console > Account Dashboard > Account Info > Auth Token",
    max_bytes=100_000,
    reading=Reading(
        type=["SmsStatus|MessageStatus|CallStatus"], id=["MessageSid|CallSid", "SmsStatus|MessageStatus|CallStatus"]
    ),
)
