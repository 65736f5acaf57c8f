"""Meta as a source."""

from functions.api.source import BodyDigest, Reading, SignatureScheme, SourceManifest, Tenant

# https://developers.facebook.com/docs/graph-api/webhooks/getting-started#validate-payloads
SIGNATURE = SignatureScheme(header="x-hub-signature-256", prefix="sha256=")

MANIFEST = SourceManifest(
    name="meta",
    owner="support",
    documents="https://developers.facebook.com/docs/graph-api/webhooks/getting-started",
    secret="App Dashboard > App settings > Basic > App secret ('hookline secrets verify-token' sets the other)",
    signature=SIGNATURE,
    reading=Reading(
        type=["object"],
        identity=BodyDigest(window=8 * 24 * 3600),  # it retries for up to 7 days
        # The secret is the app's, which many pages and business accounts can use.
        tenant=Tenant("page or account", "entry.*.id"),
    ),
    largest_body=3_000_000,
    address_check="an unsigned GET with the verify token, whose challenge is repeated",
    methods=("GET", "POST"),
)
