"""Linear as a source."""

from functions.core.manifest.source import Reading, SourceManifest

MANIFEST = SourceManifest(
    name="linear",
    owner="engineering",
    documents="https://linear.app/developers/webhooks",
    secret="Settings > API > Webhooks > the webhook > Signing secret",
    reading=Reading(type=["type", "action"], id=["type", "action", "data.id|", "createdAt"], time="createdAt"),
)
