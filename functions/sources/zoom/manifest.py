"""Zoom as a source."""

from functions.core.manifest.source import Reading, SourceManifest

MANIFEST = SourceManifest(
    name="zoom",
    owner="platform",
    documents="https://developers.zoom.us/docs/api/webhooks/",
    secret="App Marketplace > Manage > the app > Features > Access > Secret Token",
    reading=Reading(type=["event"], time="event_ts"),
)
