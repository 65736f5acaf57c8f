"""A review: what an agent asked of people, what they said to it, and what came of that. Pure."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from functions.core.authority.grants import DEFAULT
from functions.core.authority.proposals import Proposal
from functions.core.events.event import Event
from functions.core.platform.errors import HooklineError, RetryableError
from functions.core.platform.times import rfc3339

Result = Literal["approved", "denied", "expired"]

# The default is the agent's word: before it approves, people must have had the time to say no.
SHORTEST_BEFORE_APPROVAL = 3600


class Refused(HooklineError):
    """A decision that does not count; the message says why, for the person who tried."""


@dataclass(frozen=True)
class Voter:
    """Who decides: `name` goes on record, an ARN or link:NAME.

    `persons` are all that this may be: no two approvals of a review may share one. `link` is the nonce of the link
    that was used, "" without one.
    """

    name: str
    persons: Sequence[str]
    link: str = ""


@dataclass(frozen=True)
class Decision:
    """What became of a review, when (unix seconds), by whom, and their notes."""

    result: Result
    at: float
    by: Sequence[str]
    note: str = ""


@dataclass(frozen=True)
class Review:
    """One question to people.

    `event` is the approval.required; `entities`, `because` and `granted` are those of its grant: what it is good for,
    which event it was minted for, and when. `proposal` is what the connector signed, None where the person does
    themselves what is to be done. `version` counts the writes; `told` is when people were notified (unix seconds, 0
    before), `published` says that the agent will hear of the decision.
    """

    event: Event
    entities: Sequence[str]
    opened: float
    proposal: Proposal | None = None
    approvals: Sequence[Voter] = ()
    notes: Sequence[str] = ()
    decision: Decision | None = None
    told: float = 0.0
    published: bool = False
    because: str = ""
    granted: int = 0
    version: int = 0

    @property
    def id(self) -> str:
        """Short enough to type, and the same for every copy of the event."""
        return review_id(self.event.id)

    @property
    def asked(self) -> Mapping[str, Any]:
        """The data of the event: what the agent says."""
        return self.event.data

    @property
    def expires(self) -> int:
        """When the default happens, in unix seconds."""
        return int(self.asked["expires"])

    @property
    def needed(self) -> int:
        """How many people must approve."""
        return self.proposal.approvers if self.proposal else 1

    @property
    def default(self) -> Literal["approve", "deny"]:
        """What happens when nobody decides: what the agent declares, but never what its policy leaves to people.

        Nor where nobody was told in time: the silence of those who know nothing agrees to nothing.
        """
        required = self.proposal is not None and self.proposal.required
        known = self.told > 0 and self.expires - self.told >= SHORTEST_BEFORE_APPROVAL
        fair = not required and self.needed == 1 and known
        return "approve" if fair and self.asked["otherwise"] == "approve" else "deny"

    @property
    def state(self) -> Mapping[str, Any]:
        """What the action would meet, as the connector read it."""
        return self.proposal.state if self.proposal else {}

    @property
    def action_digest(self) -> str:
        """What an approval is bound to; "" without an action, so that it permits none."""
        return self.proposal.action.digest if self.proposal else ""

    @property
    def state_digest(self) -> str:
        """The other thing that an approval is bound to."""
        return self.proposal.state_digest if self.proposal else ""

    @property
    def status(self) -> str:
        """open; decided, while the agent has not been told; then what was decided."""
        if self.decision is None:
            return "open"
        return self.decision.result if self.published else "decided"


def review_id(event_id: str) -> str:
    """The review that an event opens: 12 hexadecimal digits."""
    return hashlib.sha256(event_id.encode()).hexdigest()[:12]


def refuse_unseen(review: Review, action: str, state: str) -> None:
    """Refuse a decision on anything but this action and this state: `action` and `state` are digests of what was seen.

    Raises Refused.
    """
    if (action, state) != (review.action_digest, review.state_digest):
        raise Refused(f"what you were shown is not what review {review.id} asks: look at it again")


def approve(review: Review, voter: Voter, note: str, now: float) -> Review:
    """The review with one approval more, and decided when that is enough. The same person counts once.

    Raises Refused where it is decided, expired, or the link was used.
    """
    refuse_closed(review, now)
    refuse_used_link(review, voter)
    if any(set(voter.persons) & set(earlier.persons) for earlier in review.approvals):
        return review
    agreed = replace(review, approvals=(*review.approvals, voter), notes=(*review.notes, *([note] if note else [])))
    if len(agreed.approvals) < review.needed:
        return agreed
    by = tuple(approval.name for approval in agreed.approvals)
    return replace(agreed, decision=Decision("approved", now, by, "\n".join(agreed.notes)))


def deny(review: Review, voter: Voter, note: str, now: float) -> Review:
    """The review, denied: one person is enough. Raises Refused where it is decided, expired, or the link was used."""
    refuse_closed(review, now)
    refuse_used_link(review, voter)
    return replace(review, decision=Decision("denied", now, (voter.name,), note))


def expire(review: Review, now: float) -> Review:
    """The review with its default decided; unchanged where people decided. Raises RetryableError before its time."""
    if review.decision:
        return review
    if now < review.expires:
        raise RetryableError(f"review {review.id} waits until {rfc3339(review.expires)}", review.expires - now)
    if review.default == "approve":
        return replace(review, decision=Decision("approved", now, (DEFAULT,), "nobody decided in time"))
    return replace(review, decision=Decision("expired", now, (), "nobody decided in time"))


def refuse_closed(review: Review, now: float) -> None:
    """Raises Refused where the review is decided or expired, whether or not anybody was woken for that."""
    decision = review.decision
    if decision and decision.result != "expired":
        by = " and ".join(decision.by)
        raise Refused(f"review {review.id} was {decision.result} by {by} at {rfc3339(decision.at)}")
    if decision or now >= review.expires:
        raise Refused(f"review {review.id} expired at {rfc3339(review.expires)}")


def refuse_used_link(review: Review, voter: Voter) -> None:
    """Raises Refused where the voter's link has decided before: a link is good for one decision."""
    if voter.link and any(earlier.link == voter.link for earlier in review.approvals):
        raise Refused("this link was used")
