"""Slack as a source."""

from functions.api.source import BodyDigest, Reading, SignatureScheme, SignedId, SourceManifest, Tenant

# https://docs.slack.dev/authentication/verifying-requests-from-slack/
SIGNATURE = SignatureScheme(
    header="x-slack-signature",
    signs="v0:{timestamp}:{body}",
    prefix="v0=",
    timestamp="x-slack-request-timestamp",
    tolerance=300,
)

# Each of these is a credential by itself, wherever it is in a body.
HIDDEN = ("token", "response_url", "response_urls", "bot_access_token")

MANIFEST = SourceManifest(
    name="slack",
    owner="platform",
    documents="https://docs.slack.dev/apis/events-api/",
    secret="api.slack.com/apps > the app > Basic Information > Signing Secret",
    signature=SIGNATURE,
    reading=Reading(
        # A slash command has none of the first two: its type is the command ("/deploy").
        type=["event.type|type|command"],
        # Interactions and slash commands have a trigger_id each.
        identity=SignedId(["event_id|trigger_id"], otherwise=BodyDigest(window=24 * 3600)),
        # The signing secret is the app's, which any workspace can install.
        tenant=Tenant("workspace", "team_id|team.id|enterprise_id|enterprise.id"),
        time="event_time",
        form="payload",
    ),
    largest_body=None,
    address_check="a signed url_verification, whose challenge is repeated, and a signed ssl_check for slash commands",
    hides=HIDDEN,
)
