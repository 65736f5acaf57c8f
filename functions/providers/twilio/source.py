"""Twilio as a source."""

from functions.api.source import Reading, SignatureScheme, SourceManifest

STATUS = "SmsStatus|MessageStatus|CallStatus"

# https://www.twilio.com/docs/usage/webhooks/webhooks-security; it signs a form's decoded parameters
# without delimiters, so a form's bytes are not pinned; JSON's are, by the bodySHA256 in the signed URL.
SIGNATURE = SignatureScheme(
    header="x-twilio-signature",
    algorithm="hmac-sha1",
    signs="{url}{parameters}",
    encoding="base64",
    any_port=True,
)

MANIFEST = SourceManifest(
    name="twilio",
    owner="support",
    documents="https://www.twilio.com/docs/usage/webhooks/messaging-webhooks",
    secret="Console > Account Dashboard > Account Info > Auth Token",
    max_bytes=100_000,
    signature=SIGNATURE,
    reading=Reading(type=[STATUS], id=["MessageSid|CallSid", STATUS]),
)
