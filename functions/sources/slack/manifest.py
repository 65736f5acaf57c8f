"""Slack as a source."""

from functions.core.manifest.source import Reading, SourceManifest

MANIFEST = SourceManifest(
    name="slack",
    owner="platform",
    documents="https://docs.slack.dev/apis/events-api/",
    secret="api.slack.com/apps > the app > Basic Information > Signing Secret",
    reading=Reading(type=["event.type|type"], id=["event_id|"], time="event_time"),
)
