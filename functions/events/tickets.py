"""Tickets: requests for support, in any tool."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from functions.api.event import MOST_ITEMS, DomainEvent, Identifier, Line, Text, Word

Priority = Literal["low", "normal", "high", "urgent"]
Status = Literal["new", "open", "pending", "solved", "closed"]
Change = Literal[
    "commented", "status", "priority", "subject", "tags", "assigned", "merged", "spam", "deleted", "undeleted"
]
# "system" is a program of the provider or of the account: a bot, a rule.
Role = Literal["customer", "agent", "system"]
Tags = Annotated[list[Word], Field(max_length=MOST_ITEMS)]


class TicketCreated(DomainEvent):
    """A person requested support; `text` is their first message, without markup.

    `author_role` is whose message it is: an agent can open a ticket for a customer. `by_api` is True if a program
    opened it through the provider's API. Both are None if the provider does not say.
    """

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
        "author_role": "customer",
        "by_api": False,
    }

    ticket: Identifier
    requester: Identifier | None
    subject: Line | None
    text: Text | None
    channel: Word | None
    priority: Priority | None
    status: Status | None
    tags: Tags
    author_role: Role | None = None
    by_api: bool | None = None


class TicketUpdated(DomainEvent):
    """A ticket changed; the fields have its current values.

    `text` is the comment if the change is one, else None. `from_requester` is True if the requester wrote it, None if
    the provider does not say. `public` is False for an internal note. `author_role` is who changed it, and `by_api` is
    True if that was a program through the provider's API, as Hookline's own notes and replies are; both are None if the
    provider does not say. A reopened ticket has the change "status", and a `previous_status` that is "solved" or
    "closed". `merged_into` is the other ticket of the change "merged": this one is over.
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
        "author_role": "customer",
        "by_api": False,
        "previous_status": None,
        "merged_into": None,
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
    author_role: Role | None = None
    by_api: bool | None = None
    previous_status: Status | None = None
    merged_into: Identifier | None = None
