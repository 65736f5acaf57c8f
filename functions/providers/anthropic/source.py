"""Anthropic as a source."""

from functions.api.source import STANDARD_WEBHOOKS, OneTenant, Reading, SignedId, SourceManifest

# Its SDK's `beta.webhooks.unwrap` hands the delivery to the Standard Webhooks library.
SIGNATURE = STANDARD_WEBHOOKS

MANIFEST = SourceManifest(
    name="anthropic",
    owner="platform",
    documents="https://platform.claude.com/docs/en/managed-agents/webhooks",
    secret="Claude Console > Manage > Webhooks > the endpoint: shown once, whsec_…",
    signature=SIGNATURE,
    reading=Reading(
        type=["data.type"],
        identity=SignedId(),
        tenant=OneTenant("the secret is that of one workspace's webhook"),
        time="created_at",
    ),
    largest_body=None,
    address_check=None,
)
