"""A review: an agent's request to people, their approvals, and the decision. Pure."""

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

# Approval by default is the agent's choice, so people must have had time to deny.
SHORTEST_BEFORE_APPROVAL = 3600


class Refused(HooklineError):
    """A decision that does not count; the message tells the person why."""


@dataclass(frozen=True)
class Voter:
    """Who decides: `name`, an ARN or link:NAME, is recorded.

    `persons` are all the persons that this may be: no two approvals of a review may share one. `link` is the nonce of
    the link that was used, "" for none.
    """

    name: str
    persons: Sequence[str]
    link: str = ""


@dataclass(frozen=True)
class Decision:
    """The result of a review, when it was decided (unix seconds), by whom, and their notes."""

    result: Result
    at: float
    by: Sequence[str]
    note: str = ""


@dataclass(frozen=True)
class Review:
    """One question to people.

    `event` is the approval.required; `entities`, `because` and `granted` are those of its grant: what it covers, which
    event it was minted for, and when. `proposal` is what the connector signed, None if a person performs the action.
    `version` counts the writes; `notified` is when people were notified (unix seconds, 0 before); `published` if the
    decision's event was published. `settled` is what the approved action led to, as it was published last.
    """

    event: Event
    entities: Sequence[str]
    opened: float
    proposal: Proposal | None = None
    approvals: Sequence[Voter] = ()
    notes: Sequence[str] = ()
    decision: Decision | None = None
    notified: float = 0.0
    published: bool = False
    because: str = ""
    granted: int = 0
    settled: str = ""
    version: int = 0

    @property
    def id(self) -> str:
        """The review's id: short enough to type, and the same for every copy of the event."""
        return review_id(self.event.id)

    @property
    def request(self) -> Mapping[str, Any]:
        """The data of the approval.required: what the agent says."""
        return self.event.data

    @property
    def expires(self) -> int:
        """When the default happens, in unix seconds."""
        return int(self.request["expires"])

    @property
    def needed(self) -> int:
        """How many people must approve."""
        return self.proposal.approvers if self.proposal else 1

    @property
    def default(self) -> Literal["approve", "deny"]:
        """What happens if nobody decides: what the agent declares, but "deny" if its policy requires approval.

        Also "deny" if people were not notified in time: people who were not notified cannot approve by default.
        """
        required = self.proposal is not None and self.proposal.required
        in_time = self.notified > 0 and self.expires - self.notified >= SHORTEST_BEFORE_APPROVAL
        may_default = not required and self.needed == 1 and in_time
        return "approve" if may_default and self.request["otherwise"] == "approve" else "deny"

    @property
    def state(self) -> Mapping[str, Any]:
        """The state that the action would meet, as the connector read it."""
        return self.proposal.state if self.proposal else {}

    @property
    def action_digest(self) -> str:
        """The action that an approval is bound to; "" without an action, which permits none."""
        return self.proposal.action.digest if self.proposal else ""

    @property
    def state_digest(self) -> str:
        """The state that an approval is bound to."""
        return self.proposal.state_digest if self.proposal else ""

    @property
    def status(self) -> str:
        """The status: open; decided until the decision is published; then the result."""
        if self.decision is None:
            return "open"
        return self.decision.result if self.published else "decided"


def review_id(event_id: str) -> str:
    """The review that an event opens: 12 hexadecimal digits."""
    return hashlib.sha256(event_id.encode()).hexdigest()[:12]


def refuse_unseen(review: Review, action: str, state: str) -> None:
    """Raise Refused unless the decision is on this action and this state: `action` and `state` are digests of both."""
    if (action, state) != (review.action_digest, review.state_digest):
        raise Refused(f"what you were shown is not what review {review.id} asks: look at it again")


def approve(review: Review, voter: Voter, note: str, now: float) -> Review:
    """The review with one more approval, and decided if that is enough. The same person counts once.

    Raises Refused if it is decided or expired, or if the link was used.
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
    """The denied review: one person is enough. Raises Refused if it is decided or expired, or if the link was used."""
    refuse_closed(review, now)
    refuse_used_link(review, voter)
    return replace(review, decision=Decision("denied", now, (voter.name,), note))


def expire(review: Review, now: float) -> Review:
    """The review decided by default; unchanged if people decided. Raises RetryableError before it expires."""
    if review.decision:
        return review
    if now < review.expires:
        raise RetryableError(f"review {review.id} waits until {rfc3339(review.expires)}", review.expires - now)
    if review.default == "approve":
        return replace(review, decision=Decision("approved", now, (DEFAULT,), "nobody decided in time"))
    return replace(review, decision=Decision("expired", now, (), "nobody decided in time"))


def refuse_closed(review: Review, now: float) -> None:
    """Raise Refused if the review is decided or expired, even if its expiry was not processed yet."""
    decision = review.decision
    if decision and decision.result != "expired":
        by = " and ".join(decision.by)
        raise Refused(f"review {review.id} was {decision.result} by {by} at {rfc3339(decision.at)}")
    if decision or now >= review.expires:
        raise Refused(f"review {review.id} expired at {rfc3339(review.expires)}")


def refuse_used_link(review: Review, voter: Voter) -> None:
    """Raise Refused if the voter's link was used before: a link is valid for one decision."""
    if voter.link and any(earlier.link == voter.link for earlier in review.approvals):
        raise Refused("this link was used")
