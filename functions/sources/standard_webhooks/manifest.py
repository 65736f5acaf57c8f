"""Standard Webhooks as a source."""

from functions.core.manifest.source import Reading, SourceManifest

MANIFEST = SourceManifest(
    name="standard_webhooks",
    owner="growth",
    documents="https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md",
    secret="Where the sender shows it: whsec_… (shared) or whpk_… (its public key)",
    reading=Reading(type=["type"], time="timestamp"),
)
