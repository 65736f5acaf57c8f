"""Anthropic as a source."""

from functions.core.manifest.source import Reading, SourceManifest

MANIFEST = SourceManifest(
    name="anthropic",
    owner="platform",
    documents="https://platform.claude.com/docs/en/managed-agents/webhooks",
    secret="Claude Console > Manage > Webhooks > the endpoint: shown once, whsec_…",
    reading=Reading(type=["data.type"], time="created_at"),
)
