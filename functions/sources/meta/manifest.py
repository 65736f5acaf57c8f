"""Meta as a source."""

from functions.core.manifest.source import Reading, SourceManifest

MANIFEST = SourceManifest(
    name="meta",
    owner="support",
    documents="https://developers.facebook.com/docs/graph-api/webhooks/getting-started",
    secret="App Dashboard > App settings > Basic > App secret; beside it a token of yours, labelled verify_token",
    reading=Reading(type=["object"]),
    methods=("GET", "POST"),
    max_bytes=3_000_000,
)
