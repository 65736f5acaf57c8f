"""Jira as a source."""

from functions.core.manifest.source import Reading, SourceManifest

MANIFEST = SourceManifest(
    name="jira",
    owner="engineering",
    documents="https://developer.atlassian.com/cloud/jira/platform/webhooks/",
    secret="Yours: you type it in at Settings > System > WebHooks > the webhook > Secret",
    reading=Reading(type=["webhookEvent"], time="timestamp"),
)
