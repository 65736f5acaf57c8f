"""Approvals: what agents may not decide."""

from typing import Any, ClassVar, Literal

from pydantic import Field

from functions.api.event import DomainEvent


class ApprovalRequired(DomainEvent):
    """An agent asks a person whether it may act; after `expires`, in unix seconds, `otherwise` happens.

    `proposal` is the connector's signed proposal: the action and the state that it would meet; "" without an action.
    With `reports`, the agent says what became of the approved action.
    """

    detail_type = "approval.required"
    owner = "platform"
    example: ClassVar = {
        "agent": "fraud",
        "action": {"connector": "stripe", "operation": "review.approve", "arguments": {"review": "prv_Example"}},
        "question": "Approve this payment?",
        "evidence": {"score": 0.81},
        "why": "the amount is far out of this customer's range",
        "expires": 1790086400,
        "otherwise": "deny",
        "proposal": "",
        "reports": False,
    }

    agent: str
    action: dict[str, Any] | None
    question: str = Field(min_length=1)
    evidence: dict[str, Any]
    why: str
    expires: int
    otherwise: Literal["deny", "approve"]
    proposal: str = Field(default="", max_length=200_000)
    reports: bool = False


Became = Literal["done", "failed", "unknown", "asked_again"]


class ApprovalReported(DomainEvent):
    """What became of the action that `review` approved, by the agent that performed it. Agents get review.settled."""

    detail_type = "approval.reported"
    owner = "platform"
    example: ClassVar = {"agent": "fraud", "review": "7dcc325b1518", "outcome": "done", "reason": ""}

    agent: str
    review: str
    outcome: Became
    reason: str = Field(max_length=500)


class ReviewOpened(DomainEvent):
    """A review of what `agent` asks waits for `needed` people, until `expires` (unix seconds).

    `notice` is the text that people get by mail too: what is asked, and how to look at it and decide.
    """

    detail_type = "review.opened"
    owner = "platform"
    example: ClassVar = {
        "review": "7dcc325b1518",
        "agent": "fraud",
        "expires": 1790086400,
        "needed": 1,
        "notice": "Agent fraud asks, in its own words:\n| Approve this payment?",
    }

    review: str
    agent: str
    expires: int
    needed: int
    notice: str = Field(min_length=1)


class _ReviewDecision(DomainEvent):
    """The decision on a review: `agent` asked for `action`, those in `by` decided, with a `note`.

    They are ARNs of AWS principals, link:NAME for a link, or "default" if nobody decided in time and approval was the
    default.
    """

    owner = "platform"
    example: ClassVar = {
        "review": "7dcc325b1518",
        "agent": "fraud",
        "action": {"connector": "stripe", "operation": "review.approve", "arguments": {"review": "prv_Example"}},
        "evidence": {"score": 0.81},
        "by": ["arn:aws:iam::111122223333:user/ada"],
        "note": "known customer",
    }

    review: str
    agent: str
    action: dict[str, Any] | None
    evidence: dict[str, Any]
    by: list[str]
    note: str


class ReviewApproved(_ReviewDecision):
    """People approved: the event's grant has their approval, and is valid for this one action."""

    detail_type = "review.approved"


class ReviewDenied(_ReviewDecision):
    """A person denied."""

    detail_type = "review.denied"


class ReviewExpired(_ReviewDecision):
    """Nobody decided in time, and the default is that nothing is done."""

    detail_type = "review.expired"


class ReviewSettled(_ReviewDecision):
    """What an approved action led to, by the agent's own report, under the grant of its question.

    It is `done`, it `failed`, or a person is `asked_again` because the state has changed; `unknown` if nobody can say,
    or if no report came. `reason` says why. It can be published again with another outcome.
    """

    detail_type = "review.settled"
    example: ClassVar = {**_ReviewDecision.example, "outcome": "failed", "reason": "the provider refused it"}

    outcome: Became
    reason: str
