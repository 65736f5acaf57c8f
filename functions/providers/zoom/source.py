"""Zoom as a source."""

from functions.api.source import BodyDigest, Reading, SignatureScheme, SourceManifest, Tenant

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
    reading=Reading(
        type=["event"],
        identity=BodyDigest(window=3 * 24 * 3600),
        # The secret token is the app's, which any account can install.
        tenant=Tenant("account", "payload.account_id"),
        time="event_ts",
    ),
    largest_body=None,
    address_check="a signed endpoint.url_validation, at first and every 72 hours, answered with an HMAC",
)
