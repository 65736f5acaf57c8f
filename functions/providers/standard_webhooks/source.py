"""Standard Webhooks as a source."""

from dataclasses import replace

from functions.api.source import STANDARD_WEBHOOKS, STANDARD_WEBHOOKS_PUBLIC, SVIX, SVIX_PUBLIC, Reading, SourceManifest

SIGNATURE = replace(STANDARD_WEBHOOKS, alternatives=(STANDARD_WEBHOOKS_PUBLIC, SVIX, SVIX_PUBLIC))

MANIFEST = SourceManifest(
    name="standard_webhooks",
    owner="growth",
    documents="https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md",
    secret="Where the sender shows it: whsec_… (shared) or whpk_… (its public key)",
    signature=SIGNATURE,
    reading=Reading(type=["type"], time="timestamp"),
    translates={"*.*": "product.event"},
    keys=["data.id"],
)
