"""Tickets: what people ask support for, whichever tool they ask in."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from functions.api.event import MOST_ITEMS, DomainEvent, Identifier, Line, Text, Word

Priority = Literal["low", "normal", "high", "urgent"]
Status = Literal["new", "open", "pending", "solved", "closed"]
Change = Literal["commented", "status", "priority", "subject", "tags", "assigned"]
Tags = Annotated[list[Word], Field(max_length=MOST_ITEMS)]


class TicketCreated(DomainEvent):
    """Somebody asked for help; `text` is what they wrote first, without markup."""

    detail_type = "ticket.created"
    owner = "support"
    facets = ("channel",)
    example: ClassVar = {
        "ticket": "35436",
        "requester": "6596848315901",
        "subject": "Charged twice",
        "text": "My card was charged twice for one order.",
        "channel": "web",
        "priority": "normal",
        "status": "new",
        "tags": ["billing"],
    }

    ticket: Identifier
    requester: Identifier | None
    subject: Line | None
    text: Text | None
    channel: Word | None
    priority: Priority | None
    status: Status | None
    tags: Tags


class TicketUpdated(DomainEvent):
    """A ticket changed; its other fields say how it is now.

    `text` is what was said where the change is a comment, None for any other. `from_requester` tells whether the
    one who asked said it; None where the provider does not tell. `public` is False for a note among colleagues.
    """

    detail_type = "ticket.updated"
    owner = "support"
    example: ClassVar = {
        "ticket": "35436",
        "change": "commented",
        "requester": "6596848315901",
        "subject": "Charged twice",
        "text": "Any news?",
        "author": "6596848315901",
        "from_requester": True,
        "public": True,
        "channel": "web",
        "priority": "normal",
        "status": "open",
        "tags": ["billing"],
    }

    ticket: Identifier
    change: Change
    requester: Identifier | None
    subject: Line | None
    text: Text | None
    author: Identifier | None
    from_requester: bool | None
    public: bool | None
    channel: Word | None
    priority: Priority | None
    status: Status | None
    tags: Tags
