"""Jira as a source."""

from functions.api.source import BodyDigest, OneTenant, Reading, SignatureScheme, SourceManifest

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
    reading=Reading(
        type=["webhookEvent"],
        identity=BodyDigest(window=24 * 3600),
        tenant=OneTenant("the secret is that of one site's webhook"),
        time="timestamp",
    ),
    largest_body=None,
    address_check=None,
)
