"""Proposals for people: the connector signs the action, and the state that it would meet."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from functions.core.authority.grants import LIFETIME
from functions.core.authority.proposals import Proposal, propose
from functions.core.gate.approvals import reviewed_fields
from functions.core.gate.authority import allowed_entity, entity_of
from functions.core.gate.call import Call
from functions.core.gate.effects import Performer
from functions.core.gate.policy import Answer
from functions.core.manifests.connector import ConnectorManifest
from functions.core.manifests.tenant import split
from functions.core.platform.errors import ApprovalNeeded, Denied
from functions.core.platform.times import Clock


class Proposer:
    """Makes the proposals of the connector of `manifest`, and signs them with the first of `keys`."""

    def __init__(
        self, manifest: ConnectorManifest, performer: Performer, keys: Callable[[], Sequence[str]], clock: Clock
    ) -> None:
        self._manifest = manifest
        self._performer = performer
        self._keys = keys
        self._clock = clock

    def approval_needed(self, call: Call, why: str, state: dict[str, Any] | None = None) -> ApprovalNeeded:
        """The error that carries the signed proposal to the agent; `state` is read at the provider unless given."""
        proposal = Proposal(
            call.agent.name,
            call.request.event,
            call.grant.correlation,
            call.action,
            int(self._clock()) + LIFETIME,
            self.state(call) if state is None else state,
            call.decision.approvers,
            call.decision.policies,
            call.decision.answer is Answer.ASK,
        )
        signed = propose(proposal, self._keys()[0])
        return ApprovalNeeded(f"{why} to decide on {call.action.operation}", signed, call.action)

    def state(self, call: Call) -> dict[str, Any]:
        """The state that the action would meet, read at the provider; {} if the operation declares none.

        Raises Denied if the entity to read is neither the call's own nor in its grant.
        """
        if call.operation.state is None:
            return {}
        read = self._manifest.read(call.operation.state)
        if call.operation.headers:
            read = replace(read, headers=call.operation.headers)
        arguments = {name: call.request.arguments[name] for name in read.parameters}
        entity, (own, tenant) = entity_of(read, arguments), split(call.entity)
        if entity not in (call.entity, own) and split(allowed_entity(entity, call.grant, ""))[1] != tenant:
            raise Denied(f"{entity} is not of the same tenant as {call.entity}")
        answer = self._performer.call(read, arguments, None, call.seconds_left(self._clock()))
        return reviewed_fields(call.operation, answer)
