"""The single requests that Zendesk's operations are made of."""

from functions.api.connector import NextCursor, Paging, Request, Text
from functions.providers.zendesk.operations import tickets

_KEEPS = [f"ticket.{path}" for path in tickets.KEEPS]
_PAGES, _SIZE = NextCursor("page[after]", "meta.after_cursor", more="meta.has_more"), {"page[size]": 100}

TICKET = Request("ticket.read", path="/api/v2/tickets/{id}", keeps=_KEEPS)
TICKET_UPDATE = Request("ticket.update", kind="effect", method="PUT", path="/api/v2/tickets/{id}", keeps=_KEEPS)
USER = Request("user.read", path="/api/v2/users/{id}")
IDENTITIES = Request(
    "identities.read",
    path="/api/v2/users/{id}/identities",
    sends=_SIZE,
    paging=Paging(_PAGES, items="identities", most=2),
    keeps=["type", "value", "verified", "primary"],
)
TRIGGERS = Request(
    "triggers.read",
    path="/api/v2/triggers/active",
    sends=_SIZE,
    paging=Paging(_PAGES, items="triggers", most=10),
    keeps=["actions"],
)
TICKETS = Request(
    "tickets.read",
    path="/api/v2/tickets/show_many",
    takes={"ids": Text()},
    keeps=[f"tickets.{name}" for name in ("id", "requester_id", "submitter_id", "status", "priority", "via.channel")],
)
