"""Cases of a support desk: what of a ticket's events its agents work on."""

from typing import ClassVar, Literal

from functions.api.event import DomainEvent, Identifier, Line, Text, Word


class CaseMessage(DomainEvent):
    """A ticket's requester wrote: it opens a case of the ticket, or joins the one that is under way.

    `first` is True for the ticket's first message. `text` may be cut.
    """

    detail_type = "case.message"
    owner = "support"
    example: ClassVar = {
        "ticket": "35436",
        "requester": "6596848315901",
        "first": True,
        "subject": "Charged twice",
        "text": "My card was charged twice for one order.",
        "channel": "web",
    }

    ticket: Identifier
    requester: Identifier | None
    first: bool
    subject: Line | None
    text: Text | None
    channel: Word | None


class CaseClosed(DomainEvent):
    """A ticket is solved, closed, merged, spam or deleted: its case is over; `why` is which of them."""

    detail_type = "case.closed"
    owner = "support"
    example: ClassVar = {"ticket": "35436", "why": "solved"}

    ticket: Identifier
    why: Line


class RefundProposed(DomainEvent):
    """A person is asked whether a charge is refunded because of a ticket. The review has the amount."""

    detail_type = "refund.proposed"
    owner = "support"
    example: ClassVar = {"ticket": "35436", "charge": "ch_3PExample"}

    ticket: Identifier
    charge: Identifier


class RefundDeclined(DomainEvent):
    """A refund that was proposed because of a ticket is not made; `how` is "denied", or that nobody decided in time."""

    detail_type = "refund.declined"
    owner = "support"
    example: ClassVar = {"ticket": "35436", "charge": "ch_3PExample", "how": "denied"}

    ticket: Identifier
    charge: Identifier
    how: Line


class RefundSettled(DomainEvent):
    """What became of a refund that a person approved because of a ticket; `reason` says why it is not done."""

    detail_type = "refund.settled"
    owner = "support"
    example: ClassVar = {"ticket": "35436", "charge": "ch_3PExample", "outcome": "done", "reason": ""}

    ticket: Identifier
    charge: Identifier
    outcome: Literal["done", "failed", "unknown"]
    reason: Line
