"""The state that a proposed action would meet now, for a person who decides on it.

No event asks, and no grant is presented: the authority is the proposal that this connector signed. What may be read is
what it read then, of the same entity, and the answer holds the same fields. Nothing of it can be chosen by the caller,
whom IAM lets invoke the connector without an alias: an operator.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.core.audit.records import Audit
from functions.core.authority.proposals import Proposal, check_proposal
from functions.core.gate.approvals import reviewed_fields
from functions.core.gate.authority import declared, for_same_tenant, for_tenant
from functions.core.gate.call import RESERVE_SECONDS
from functions.core.gate.effects import Performer
from functions.core.gate.proposing import amounts
from functions.core.manifests.agent import AgentManifest
from functions.core.manifests.connector import ConnectorManifest
from functions.core.platform.canonical import digest
from functions.core.platform.errors import Denied, HooklineError
from functions.core.platform.log import place
from functions.core.platform.times import Clock

ASKS = "proposal"  # the member of an operator's payload
WHY = "the state now, for a person who decides"


class ReviewedState:
    """Reads the states of the proposals of one connector."""

    def __init__(
        self,
        manifest: ConnectorManifest,
        callers: Callable[[str], AgentManifest | None],
        performer: Performer,
        keys: Callable[[], Sequence[str]],
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._manifest = manifest
        self._callers = callers
        self._performer = performer
        self._keys = keys
        self._audit = audit
        self._clock = clock

    def read(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """{"state": …, "amounts": …} for {"proposal": token}, as the proposal has them of then.

        Raises Denied if the token is not a valid proposal of this connector, or if its operation, agent or state is no
        longer declared; and what the provider raises. Each is on the audit trail with its reason.
        """
        about: dict[str, Any] = {"action": self._manifest.name, "resource": "an operator"}
        try:
            token = payload.get(ASKS)
            proposal = check_proposal(token if isinstance(token, str) else "", self._keys(), self._clock())
            about |= {"event": proposal.event, "correlation": proposal.correlation, "resource": proposal.entity}
            state, answer = self._state(proposal, about)
            self._audit.record("read", decision="permit", reason=WHY, **{**about, "digests": {"answer": answer}})
            return state
        except (HooklineError, ClientError, BotoCoreError) as error:
            kind = "denied" if isinstance(error, Denied) else "failed"
            self._audit.record(kind, decision=type(error).__name__, reason=f"{WHY}: {error}", **about)
            raise
        except Exception as error:
            # A fault of ours. Its message may quote what the provider sent, so only its place is recorded.
            self._audit.record("failed", decision=type(error).__name__, reason=place(error), **about)
            raise
        finally:
            self._audit.flush()

    def _state(self, proposal: Proposal, about: dict[str, Any]) -> tuple[dict[str, Any], str]:
        """The answer, and the digest of the provider's."""
        action, agent = proposal.action, self._callers(proposal.agent)
        if action.connector != self._manifest.name:
            raise Denied(f"the proposal is one of connector {action.connector}")
        if agent is None:
            raise Denied(f"no agent {proposal.agent!r} is declared to use {self._manifest.name}")
        operation = declared(agent, self._manifest, action.operation)
        wanted = operation.state
        if wanted is None:
            raise Denied(f"{operation.name} declares no state")
        declared(agent, self._manifest, wanted.operation)
        operation, _ = for_tenant(self._manifest, operation, action.arguments, proposal.entity)
        read = for_same_tenant(self._manifest, operation, self._manifest.read(wanted))
        about["action"] = f"{self._manifest.name}:{read.name}"
        if not set(read.parameters) <= set(action.arguments):
            raise Denied(f"the proposal does not say what {read.name} would read")
        arguments = {name: action.arguments[name] for name in read.parameters}
        answer = self._performer.call(read, arguments, None, self._manifest.seconds - RESERVE_SECONDS)
        state = reviewed_fields(operation, answer)
        found = amounts(operation.money, action.arguments, state)
        return {"state": state, "amounts": found.get("state", {})}, digest(answer)
