"""Pipedrive as a source."""

from functions.api.source import HTTP_BASIC, Reading, SourceManifest

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
        id=["meta.entity", "meta.action", "meta.id", "meta.timestamp"],
        time="meta.timestamp",
    ),
)
