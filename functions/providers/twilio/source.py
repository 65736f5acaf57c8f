"""Twilio as a source."""

from functions.api.source import BodyDigest, Reading, SignatureScheme, SourceManifest, Tenant

STATUS = "SmsStatus|MessageStatus|CallStatus"
# Of recordings, transcriptions, conferences, Conversations and answering machine detection.
CALLBACK = "RecordingStatus|TranscriptionStatus|StatusCallbackEvent|EventType|TranscriptionEvent|AnsweredBy"

# https://www.twilio.com/docs/usage/webhooks/webhooks-security; it signs a form's decoded parameters
# without delimiters, so a form's bytes are not pinned; JSON's are, by the bodySHA256 in the signed URL.
SIGNATURE = SignatureScheme(
    header="x-twilio-signature",
    algorithm="hmac-sha1",
    signs="{url}{parameters}",
    encoding="base64",
    any_port=True,
    delivery_id="i-twilio-idempotency-token",
)

MANIFEST = SourceManifest(
    name="twilio",
    owner="support",
    documents="https://www.twilio.com/docs/usage/webhooks/messaging-webhooks",
    secret="Console > Account Dashboard > Account Info > Auth Token",
    signature=SIGNATURE,
    reading=Reading(
        type=[f"{STATUS}|{CALLBACK}"],
        # No id of a message or call tells its callbacks apart: two gathers of one call differ in their digits alone.
        identity=BodyDigest(window=24 * 3600, parameters=True),
        tenant=Tenant("account", "AccountSid"),
        form="",
    ),
    largest_body=None,
    address_check=None,
)
