"""Approvals: what agents may not decide."""

from typing import Any, ClassVar, Literal

from pydantic import Field

from functions.taxonomy.domain_event import DomainEvent


class ApprovalRequired(DomainEvent):
    """An agent asks a person whether it may act; after `expires`, in unix seconds, `otherwise` happens."""

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
    }

    agent: str
    action: dict[str, Any] | None
    question: str = Field(min_length=1)
    evidence: dict[str, Any]
    why: str
    expires: int
    otherwise: Literal["deny", "approve"]
