"""Zendesk Support as a connector (https://developer.zendesk.com/api-reference/ticketing/introduction/).

An update is one request, because an account has 100 a minute and a ticket 30 in ten minutes for a user
(https://developer.zendesk.com/api-reference/introduction/rate-limits/). Some operations are several requests: see
`operations`.
"""

from functions.api.connector import (
    KEY,
    Basic,
    Confirms,
    ConnectorManifest,
    Flag,
    Listing,
    ListOf,
    NextCursor,
    Number,
    Operation,
    Paging,
    ReadBack,
    State,
    Text,
)

TICKET = "zendesk:ticket/{ticket}"
USER = "zendesk:user/{user}"
TAGS = ListOf(Text(longest=80), most=20)
ID = Text(longest=20)
PAGES = NextCursor("page[after]", "meta.after_cursor", more="meta.has_more")

MANIFEST = ConnectorManifest(
    name="zendesk",
    owner="support",
    hosts=["{subdomain}.zendesk.com"],
    base="https://{subdomain}.zendesk.com/",
    credential=Basic(or_bearer=True),
    headers={"User-Agent": "hookline"},
    operations=[
        # The ticket's fields: see operations/tickets.py.
        Operation(
            "ticket.read",
            kind="read",
            entity=TICKET,
            method="GET",
            path="/api/v2/tickets/{ticket}",
        ),
        # `metadata.custom.hookline` marks Hookline's own; `metadata.trusted` is false if Zendesk doubts the author.
        Operation(
            "comments.read",
            kind="read",
            entity=TICKET,
            method="GET",
            path="/api/v2/tickets/{ticket}/comments",
            sends={"page[size]": 100},
            paging=Paging(PAGES, items="comments", most=10),
            keeps=[
                "id",
                "author_id",
                "public",
                "plain_body",
                "via.channel",
                "created_at",
                "metadata.custom",
                "metadata.flags",
                "metadata.trusted",
            ],
        ),
        # {…the user's fields, "identities", "verified_emails", "complete"}: see operations/users.py.
        Operation(
            "user.read",
            kind="read",
            entity=USER,
            method="GET",
            path="/api/v2/users/{user}",
            confirms=Confirms("verified_emails"),
        ),
        Operation(
            "audit.list",
            kind="read",
            entity=TICKET,
            method="GET",
            path="/api/v2/tickets/{ticket}/audits",
            sends={"page[size]": 100},
            paging=Paging(PAGES, items="audits", most=50),
            keeps=["id", "author_id", "created_at", "via.channel", "metadata.custom"],
        ),
        # A comment is an internal note unless `public` is true. The audit of an update keeps its metadata, and with it
        # the ledger's key.
        Operation(
            "ticket.update",
            kind="effect",
            entity=TICKET,
            method="PUT",
            path="/api/v2/tickets/{ticket}",
            takes={
                "comment": Text(longest=60_000),  # Zendesk takes 65,535 bytes
                "public": Flag(),
                "additional_tags": TAGS,
                "remove_tags": TAGS,
                "priority": Text(choices=("low", "normal", "high", "urgent")),
                "status": Text(choices=("open", "pending", "hold", "solved")),
                "assignee_id": ID,
                "group_id": ID,
                "updated_stamp": Text(longest=40),
            },
            idempotency="none",
            sends={"hookline": KEY},
            read_back=ReadBack("audit.list", items="items", proof={"metadata.custom.hookline": KEY}),
            state=State("ticket.read", fields=["status", "updated_at"]),
        ),
    ],
    listings=[
        # With the tickets concerned, if the account has our triggers: see operations/export.py.
        Listing(
            "event.list",
            path="/api/v2/incremental/ticket_events",
            takes={"start_time": Number(lowest=0)},
            needs=["start_time"],
            sends={"include": "comment_events"},
        ),
    ],
)
