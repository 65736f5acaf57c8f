"""A call through the gate: what is known of it, and what becomes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from functions.core.authority.grants import Grant
from functions.core.gate.budgets import Account
from functions.core.gate.policy import PolicyDecision
from functions.core.gate.request import Request
from functions.core.manifests.agent import AgentManifest
from functions.core.manifests.operation import Operation
from functions.core.platform.action import Action
from functions.core.platform.errors import RetryableError

# The part of a request's time that is reserved for recording the outcome after the provider has answered.
RESERVE_SECONDS = 1.0


@dataclass(frozen=True)
class Facts:
    """The facts for a call's audit records; each step of the gate adds what it found.

    Until a grant is checked, `event` is "" and `claimed` is the event that the caller says it handles.
    """

    claimed: str
    causation: str
    correlation: str
    action: str
    arguments: str
    event: str = ""
    review: str = ""
    resource: str = ""
    policies: Sequence[str] = ()
    destination: str = ""
    effect: str = ""

    def under(self, grant: Grant) -> "Facts":
        """The facts with what the checked grant says; what the caller says stays `claimed` if it differs."""
        return replace(
            self,
            event=grant.event,
            correlation=grant.correlation,
            claimed="" if self.claimed == grant.event else self.claimed,
            review=grant.approval.review if grant.approval else "",
        )

    def of_read(self, action: str, resource: str, arguments: str, destination: str) -> "Facts":
        """The facts of a read that belongs to this call."""
        return replace(self, action=action, resource=resource, arguments=arguments, destination=destination, effect="")

    def record(self, answer: str = "") -> dict[str, Any]:
        """The fields of an audit record."""
        digests = {"arguments": self.arguments, "effect": self.effect, "answer": answer}
        return {
            "event": self.event,
            "claimed": self.claimed,
            "causation": self.causation,
            "correlation": self.correlation,
            "action": self.action,
            "resource": self.resource,
            "policies": self.policies,
            "destination": self.destination,
            "review": self.review,
            "digests": {name: digest for name, digest in digests.items() if digest},
        }


@dataclass(frozen=True)
class Call:
    """A call of a declared operation on an allowed entity, and the policy's decision on it.

    `linked` is the entity of the grant whose link leads to the entity, "" if the grant or a destination allows it.
    """

    request: Request
    agent: AgentManifest
    grant: Grant
    operation: Operation
    entity: str
    action: Action
    decision: PolicyDecision
    destination: str = ""
    linked: str = ""

    @property
    def account(self) -> Account:
        """The budget to charge."""
        grant = self.grant
        return Account(self.action.connector, grant.correlation, self.agent.name, grant.event, self.agent.budget)

    def seconds_left(self, now: float) -> float:
        """The seconds that the provider may still take. Raises RetryableError if there are none."""
        left = self.request.deadline - now - RESERVE_SECONDS
        if left <= 0:
            raise RetryableError("the event's time is up")
        return left


@dataclass(frozen=True)
class Passed:
    """The answer of a call that passed, and the used share of the agent's budget, from 0 to 1.

    `one_call_left` if its budget may not have room for two more such calls. `usage` is what a metered call used, as on
    its audit record. `voucher` is for later calls of the same invocation, "" if there is none.
    """

    result: Any
    used: float = 0.0
    one_call_left: bool = False
    usage: Mapping[str, int] = field(default_factory=dict)
    voucher: str = ""
