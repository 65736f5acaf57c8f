"""Pipedrive as a source."""

from functions.api.source import HTTP_BASIC, Reading, SignedId, SourceManifest, Tenant

# https://pipedrive.readme.io/docs/guide-for-webhooks-v2
SIGNATURE = HTTP_BASIC

MANIFEST = SourceManifest(
    name="pipedrive",
    owner="growth",
    documents="https://pipedrive.readme.io/docs/guide-for-webhooks-v2",
    secret="Yours: user:password, as typed in at Settings > Tools and apps > Webhooks > HTTP Auth",
    signature=SIGNATURE,
    reading=Reading(
        type=["meta.entity", "meta.action"],
        # Examples show meta.id both as the notification's id and as the object's: with the rest it is unique.
        identity=SignedId(["meta.company_id|", "meta.entity", "meta.action", "meta.id", "meta.timestamp"]),
        # One password can be typed in at the webhooks of several companies.
        tenant=Tenant("company", "meta.company_id"),
        time="meta.timestamp",
    ),
    largest_body=None,
    address_check=None,
)
