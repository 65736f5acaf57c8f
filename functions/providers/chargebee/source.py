"""Chargebee as a source."""

from functions.api.source import HTTP_BASIC, OneTenant, Reading, SignedId, SourceManifest

# https://www.chargebee.com/docs/2.0/webhook_settings.html
SIGNATURE = HTTP_BASIC

MANIFEST = SourceManifest(
    name="chargebee",
    owner="payments-risk",
    documents="https://www.chargebee.com/docs/2.0/webhook_settings.html",
    secret="Yours: user:password, as typed in at Settings > Configure Chargebee > Webhooks",
    signature=SIGNATURE,
    reading=Reading(
        type=["event_type"],
        identity=SignedId(["id"]),
        tenant=OneTenant("the password is that of one site's webhook"),
        time="occurred_at",
    ),
    largest_body=None,
    address_check=None,
)
