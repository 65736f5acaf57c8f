"""Slack as a source."""

from functions.api.source import Reading, SignatureScheme, SourceManifest

# https://docs.slack.dev/authentication/verifying-requests-from-slack/
SIGNATURE = SignatureScheme(
    header="x-slack-signature",
    signs="v0:{timestamp}:{body}",
    prefix="v0=",
    timestamp="x-slack-request-timestamp",
    tolerance=300,
)

MANIFEST = SourceManifest(
    name="slack",
    owner="platform",
    documents="https://docs.slack.dev/apis/events-api/",
    secret="api.slack.com/apps > the app > Basic Information > Signing Secret",
    signature=SIGNATURE,
    reading=Reading(type=["event.type|type"], id=["event_id|"], time="event_time"),
)
