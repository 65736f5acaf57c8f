"""GitLab as a source."""

from dataclasses import replace

from functions.api.source import (
    STANDARD_WEBHOOKS,
    BodyDigest,
    OneTenant,
    Reading,
    SignatureScheme,
    SignedId,
    SourceManifest,
)

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
    reading=Reading(
        type=["header:x-gitlab-event"],
        # The older form signs nothing: the digest of its bodies, which have ids and times.
        identity=SignedId(otherwise=BodyDigest(window=24 * 3600)),
        tenant=OneTenant("the token is that of one project's or group's webhook"),
    ),
    largest_body=25_000_000,
    address_check=None,
)
