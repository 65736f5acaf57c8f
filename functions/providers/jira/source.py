"""Jira as a source."""

from functions.api.source import Reading, SignatureScheme, SourceManifest

# https://developer.atlassian.com/cloud/jira/platform/webhooks/#secure-admin-webhooks
SIGNATURE = SignatureScheme(
    header="x-hub-signature",
    prefix="sha256=",
    delivery_id="x-atlassian-webhook-identifier",
)

MANIFEST = SourceManifest(
    name="jira",
    owner="engineering",
    documents="https://developer.atlassian.com/cloud/jira/platform/webhooks/",
    secret="Yours: you type it in at Settings > System > WebHooks > the webhook > Secret",
    signature=SIGNATURE,
    reading=Reading(type=["webhookEvent"], time="timestamp"),
)
