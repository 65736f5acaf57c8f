"""Calendly as a source."""

from functions.api.source import BodyDigest, Label, OneTenant, Reading, SignatureScheme, SourceManifest

# https://developer.calendly.com/api-docs/overview/webhooks/webhook-signatures
SIGNATURE = SignatureScheme(
    header="calendly-webhook-signature",
    signs="{timestamp}.{body}",
    prefix="v1=",
    several=",",
    timestamp=Label("t="),
    tolerance=180,
)

MANIFEST = SourceManifest(
    name="calendly",
    owner="growth",
    documents="https://developer.calendly.com/api-docs/overview/webhooks/webhook-signatures",
    secret="Yours: the signing_key that you give when you create the subscription, or that Calendly answers with",
    signature=SIGNATURE,
    reading=Reading(
        type=["event"],
        identity=BodyDigest(window=3 * 24 * 3600),
        tenant=OneTenant("the signing key is that of one subscription"),
        time="created_at",
    ),
    largest_body=None,
    address_check=None,
)
