"""Meta as a source."""

from functions.api.source import Reading, SignatureScheme, SourceManifest

# https://developers.facebook.com/docs/graph-api/webhooks/getting-started#validate-payloads
SIGNATURE = SignatureScheme(header="x-hub-signature-256", prefix="sha256=")

MANIFEST = SourceManifest(
    name="meta",
    owner="support",
    documents="https://developers.facebook.com/docs/graph-api/webhooks/getting-started",
    secret="App Dashboard > App settings > Basic > App secret ('hookline secrets verify-token' sets the other)",
    signature=SIGNATURE,
    reading=Reading(type=["object"]),
    methods=("GET", "POST"),
    max_bytes=3_000_000,
)
