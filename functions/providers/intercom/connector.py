"""Intercom as a connector (https://developers.intercom.com/docs/references/rest-api/api.intercom.io).

What it writes, it writes as the teammate whom the access token belongs to. Most operations are several requests: see
`operations`.
"""

from functions.api.connector import (
    KEY,
    Bearer,
    Confirms,
    ConnectorManifest,
    ListOf,
    Operation,
    RateLimit,
    ReadBack,
    State,
    TenantHeader,
    Text,
)

CONVERSATION = "intercom:conversation/{conversation}"
CONTACT = "intercom:contact/{contact}"

MANIFEST = ConnectorManifest(
    name="intercom",
    owner="support",
    # The workspace's region: api.intercom.io, api.eu.intercom.io or api.au.intercom.io.
    hosts=["{host}"],
    base="https://{host}/",
    credential=Bearer(),
    headers={"Intercom-Version": "2.16", "Accept": "application/json", "User-Agent": "hookline"},
    # https://developers.intercom.com/docs/references/rest-api/errors/rate-limiting: the wait is until the reset.
    rate_limit=RateLimit(
        429, remaining="X-RateLimit-Remaining", reset="X-RateLimit-Reset", words="rate_limit_exceeded", seconds=10
    ),
    # Never sent: the workspace that the grant names is compared with that of the token.
    tenant_header=TenantHeader("Hookline-Workspace"),
    operations=[
        # With "parts", each with `hookline` and `delivered`: see operations/conversations.py.
        Operation(
            "conversation.read",
            kind="read",
            entity=CONVERSATION,
            method="GET",
            path="/conversations/{conversation}",
        ),
        # {…the contact, "verified_emails"}, which are none: Intercom does not say that an address was confirmed.
        Operation(
            "contact.read",
            kind="read",
            entity=CONTACT,
            method="GET",
            path="/contacts/{contact}",
            confirms=Confirms("verified_emails"),
            keeps=[
                "id",
                "external_id",
                "role",
                "name",
                "email",
                "phone",
                "owner_id",
                "has_hard_bounced",
                "marked_email_as_spam",
                "unsubscribed_from_emails",
                "language_override",
                "browser_language",
                "created_at",
                "location.country",
            ],
        ),
        # Intercom has no field for the ledger's key, so the message ends with a reference made of it. The answer says
        # whether it was `delivered`: true, false, or null if Intercom does not say.
        Operation(
            "conversation.reply",
            kind="effect",
            entity=CONVERSATION,
            method="POST",
            path="/conversations/{conversation}/reply",
            takes={"body": Text(longest=20_000), "message_type": Text(choices=("comment", "note"))},
            needs=["body", "message_type"],
            idempotency="none",
            sends={"hookline": KEY},
            read_back=ReadBack("conversation.read", items="parts", proof={"hookline": "{key:.16}"}),
            state=State("conversation.read", fields=["state", "waiting_since"]),
        ),
        # To a teammate or a team, by its id; "0" is nobody.
        Operation(
            "conversation.assign",
            kind="effect",
            entity=CONVERSATION,
            method="POST",
            path="/conversations/{conversation}/parts",
            takes={"assignee_id": Text(longest=20), "type": Text(choices=("admin", "team"))},
            needs=["assignee_id", "type"],
            idempotency="natural",
        ),
        Operation(
            "conversation.close",
            kind="effect",
            entity=CONVERSATION,
            method="POST",
            path="/conversations/{conversation}/parts",
            idempotency="natural",
        ),
        # By its name, and those of `more`; a tag that the workspace does not have is made.
        Operation(
            "conversation.tag",
            kind="effect",
            entity=CONVERSATION,
            method="POST",
            path="/conversations/{conversation}/tags",
            takes={"name": Text(longest=100), "more": ListOf(Text(longest=100), most=9)},
            needs=["name"],
            idempotency="natural",
        ),
    ],
)
