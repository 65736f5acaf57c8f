"""GitLab as a source."""

from dataclasses import replace

from functions.api.source import STANDARD_WEBHOOKS, Reading, SignatureScheme, SourceManifest

# https://docs.gitlab.com/user/project/integrations/webhooks/; a signing token makes it Standard Webhooks,
# whose webhook-id is the Idempotency-Key that the older form sends unsigned. X-Gitlab-Event-UUID is not an id:
# events that a webhook's receiver causes share it, and would be dropped as duplicates.
SIGNATURE = replace(
    STANDARD_WEBHOOKS,
    alternatives=(
        SignatureScheme(
            header="x-gitlab-token",
            algorithm="equality",
            signs="",
            encoding="text",
            key="not-whsec",
            delivery_id="idempotency-key",
        ),
    ),
)

MANIFEST = SourceManifest(
    name="gitlab",
    owner="engineering",
    documents="https://docs.gitlab.com/user/project/integrations/webhooks/",
    secret="The webhook's settings > Signing token (whsec_…); on older instances the secret token that you typed in",
    signature=SIGNATURE,
    reading=Reading(type=["header:x-gitlab-event"]),
)
