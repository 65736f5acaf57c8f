"""Standard Webhooks as a source."""

from dataclasses import replace

from functions.api.source import (
    STANDARD_WEBHOOKS,
    STANDARD_WEBHOOKS_PUBLIC,
    SVIX,
    SVIX_PUBLIC,
    OneTenant,
    Reading,
    SignedId,
    SourceManifest,
)

SIGNATURE = replace(STANDARD_WEBHOOKS, alternatives=(STANDARD_WEBHOOKS_PUBLIC, SVIX, SVIX_PUBLIC))

MANIFEST = SourceManifest(
    name="standard_webhooks",
    owner="growth",
    documents="https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md",
    secret="Where the sender shows it: whsec_… (shared) or whpk_… (its public key)",
    signature=SIGNATURE,
    reading=Reading(
        type=["type"],
        identity=SignedId(),
        tenant=OneTenant("the secret is that of one endpoint of your own product"),
        time="timestamp",
    ),
    largest_body=None,
    address_check=None,
    names={
        "*": "the object of your own product that its event is about",
        "person:email": "the address of its user, which your own product has",
        "person:mailbox": "the same, without what follows a plus",
    },
    translates={"*.*": "product.event"},
    keys=["data.id"],
    needs=["data.email"],  # what the person's entities are made of
)
