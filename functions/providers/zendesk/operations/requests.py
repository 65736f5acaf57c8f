"""The single requests that Zendesk's operations are made of."""

from functions.api.connector import NextCursor, Operation, Paging, Text
from functions.providers.zendesk.operations import tickets

_TICKET = "zendesk:ticket/{id}"
_USER = "zendesk:user/{id}"

_KEEPS = [f"ticket.{path}" for path in tickets.KEEPS]
TICKET = Operation("ticket.read", kind="read", entity=_TICKET, method="GET", path="/api/v2/tickets/{id}", keeps=_KEEPS)
TICKET_UPDATE = Operation(
    "ticket.update",
    kind="effect",
    entity=_TICKET,
    method="PUT",
    path="/api/v2/tickets/{id}",
    idempotency="natural",  # the gate looks for it first
    keeps=_KEEPS,
)
USER = Operation("user.read", kind="read", entity=_USER, method="GET", path="/api/v2/users/{id}")
IDENTITIES = Operation(
    "identities.read",
    kind="read",
    entity=_USER,
    method="GET",
    path="/api/v2/users/{id}/identities",
    sends={"page[size]": 100},
    paging=Paging(NextCursor("page[after]", "meta.after_cursor", more="meta.has_more"), items="identities", most=2),
    keeps=["type", "value", "verified", "primary"],
)

# What belongs to no entity is named by its path.
TRIGGERS = Operation(
    "triggers.read",
    kind="read",
    entity="zendesk:triggers/{which}",
    method="GET",
    path="/api/v2/triggers/{which}",
    sends={"page[size]": 100},
    paging=Paging(NextCursor("page[after]", "meta.after_cursor", more="meta.has_more"), items="triggers", most=10),
    keeps=["actions"],
)
TICKETS = Operation(
    "tickets.read",
    kind="read",
    entity="zendesk:tickets/{which}",
    method="GET",
    path="/api/v2/tickets/{which}",
    takes={"ids": Text()},
    keeps=[f"tickets.{name}" for name in ("id", "requester_id", "submitter_id", "status", "priority", "via.channel")],
)
