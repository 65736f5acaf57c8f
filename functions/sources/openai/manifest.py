"""OpenAI as a source."""

from functions.core.manifest.source import Reading, SourceManifest

MANIFEST = SourceManifest(
    name="openai",
    owner="platform",
    documents="https://platform.openai.com/docs/guides/webhooks",
    secret="Platform > Settings > Project > Webhooks > Create: shown once, whsec_…",
    reading=Reading(type=["type"], time="created_at"),
)
