"""Zoom as a source."""

from functions.api.source import Reading, SignatureScheme, SourceManifest

# https://developers.zoom.us/docs/api/webhooks/#verify-webhook-events; documents no tolerance: 300 s is ours.
SIGNATURE = SignatureScheme(
    header="x-zm-signature",
    signs="v0:{timestamp}:{body}",
    prefix="v0=",
    timestamp="x-zm-request-timestamp",
    tolerance=300,
)

MANIFEST = SourceManifest(
    name="zoom",
    owner="platform",
    documents="https://developers.zoom.us/docs/api/webhooks/",
    secret="App Marketplace > Manage > the app > Features > Access > Secret Token",
    signature=SIGNATURE,
    reading=Reading(type=["event"], time="event_ts"),
)
