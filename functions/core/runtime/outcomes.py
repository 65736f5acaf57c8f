"""What an agent may answer to an event."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from functions.core.platform.action import Action

APPROVAL_REQUIRED = "approval.required"


@dataclass(frozen=True)
class Done:
    """Nothing more to do; `why` goes to the audit trail."""

    why: str


@dataclass(frozen=True)
class Emit:
    """Publish an event of `type` as this agent; the manifest must say it, the taxonomy must know it."""

    type: str
    data: Mapping[str, Any]
    why: str = ""


@dataclass(frozen=True)
class ApprovalRequired:
    """A person decides: `action` waits for their approval, `otherwise` happens when none comes in time.

    No `action` means that the person does themselves what is to be done.

    `question` is what they are asked, `evidence` what the agent saw, `expires_in` how many seconds they have.
    `proposal` is what the connector signed, which an ApprovalNeeded carries; without it, the connector is asked for it.
    """

    action: Action | None
    question: str
    evidence: Mapping[str, Any]
    expires_in: int = 24 * 3600
    otherwise: Literal["deny", "approve"] = "deny"
    why: str = field(default="")
    proposal: str = ""


Outcome = Done | Emit | ApprovalRequired
