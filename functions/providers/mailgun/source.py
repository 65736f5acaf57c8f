"""Mailgun as a source."""

from functions.api.source import Field, OneTenant, Reading, SignatureScheme, SignedId, SourceManifest

# https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks; the event itself
# is unsigned, so a token must not be accepted twice. It documents no tolerance: 300 s is ours.
SIGNATURE = SignatureScheme(
    header=Field(("signature", "signature")),
    signs="{timestamp}{id}",
    timestamp=Field(("signature", "timestamp")),
    tolerance=300,
    delivery_id=Field(("signature", "token")),
)

MANIFEST = SourceManifest(
    name="mailgun",
    owner="support",
    documents="https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks",
    secret="Control Panel > API Security > HTTP webhook signing key",
    hides=["signature"],
    signature=SIGNATURE,
    reading=Reading(
        type=["event-data.event"],
        identity=SignedId(),
        tenant=OneTenant("the signing key is that of one account"),
        time="event-data.timestamp",
    ),
    largest_body=None,
    address_check=None,
)
