"""Proposals for people: the connector signs the action, and the state that it would meet."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from functions.core.audit.records import Audit
from functions.core.authority.grants import LIFETIME
from functions.core.authority.proposals import Proposal, propose
from functions.core.gate.approvals import reviewed_fields
from functions.core.gate.authority import allowed_entity, declared, entity_of, for_same_tenant
from functions.core.gate.call import Call, Facts
from functions.core.gate.effects import Performer
from functions.core.gate.policy import Answer, Policies
from functions.core.manifests.connector import ConnectorManifest
from functions.core.manifests.operation import Money
from functions.core.manifests.tenant import split
from functions.core.platform.action import Action
from functions.core.platform.canonical import digest
from functions.core.platform.errors import ApprovalNeeded, Denied
from functions.core.platform.money import written
from functions.core.platform.paths import at
from functions.core.platform.times import Clock

_CURRENCY = re.compile(r"[A-Za-z]{3}")


class Proposer:
    """Makes the proposals of the connector of `manifest`, and signs them with the first of `keys`."""

    def __init__(
        self,
        manifest: ConnectorManifest,
        performer: Performer,
        policies: Policies,
        keys: Callable[[], Sequence[str]],
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._manifest = manifest
        self._performer = performer
        self._policies = policies
        self._keys = keys
        self._audit = audit
        self._clock = clock

    def approval_needed(
        self, call: Call, facts: Facts, why: str, state: Mapping[str, Any] | None = None
    ) -> ApprovalNeeded:
        """The error that carries the signed proposal to the agent; `state` is read at the provider unless given."""
        met = self.state(call, facts) if state is None else state
        proposal = Proposal(
            call.agent.name,
            call.request.event,
            call.grant.correlation,
            call.action,
            int(self._clock()) + LIFETIME,
            met,
            call.decision.approvers,
            call.decision.policies,
            call.decision.answer is Answer.ASK,
            call.entity,
            amounts(call.operation.money, call.action.arguments, met),
            call.linked,
        )
        signed = propose(proposal, self._keys()[0])
        return ApprovalNeeded(f"{why} to decide on {call.action.operation}", signed, call.action)

    def state(self, call: Call, facts: Facts) -> dict[str, Any]:
        """The state that the action would meet, read at the provider; {} if the operation declares none.

        The agent gets it in the proposal, so the read is the agent's own: it is recorded, and within the call's time.
        Raises Denied if the agent does not declare it, its policy does not permit it, or the entity to read is neither
        the call's own nor in its grant.
        """
        if call.operation.state is None:
            return {}
        read = declared(call.agent, self._manifest, call.operation.state.operation)
        read = for_same_tenant(self._manifest, call.operation, read)
        arguments = {name: call.request.arguments[name] for name in read.parameters}
        named, (own, tenant) = entity_of(read, arguments), split(call.entity)
        entity, destination = call.entity, facts.destination
        if named not in (call.entity, own):
            entity, destination = allowed_entity(named, call.grant, ""), ""
            if split(entity)[1] != tenant:
                raise Denied(f"{named} is not of the same tenant as {call.entity}")
        action = Action(self._manifest.name, read.name, arguments)
        decision = self._policies(call.agent, read, entity, action, destination)
        if decision.answer is Answer.FORBID:  # a person sees the state: what asks one is answered by that
            raise Denied(f"the policy of {call.agent.name} does not permit {read.name} on {entity}")
        answer = self._performer.call(read, arguments, None, call.seconds_left(self._clock()))
        reason = f"the state that {call.operation.name} would meet"
        facts = facts.of_read(f"{self._manifest.name}:{read.name}", entity, digest(arguments), destination)
        self._audit.record("read", decision="permit", reason=reason, **facts.record(digest(answer)))
        return reviewed_fields(call.operation, answer)


def amounts(money: Money | None, arguments: Mapping[str, Any], state: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """The amounts in an action's `arguments` and in its `state` as people write them; {} where no currency is known.

    The fields of a state are named by their path.
    """
    if money is None:
        return {}
    currency = at(arguments, money.currency) or state.get(money.currency)
    if not isinstance(currency, str) or not _CURRENCY.fullmatch(currency):
        return {}
    found = {
        "action": {path: at(arguments, path) for path in money.amounts},
        "state": {path: state.get(path) for path in money.amounts},
    }
    return {
        where: {path: written(value, currency, money.exponents) for path, value in values.items() if type(value) is int}
        for where, values in found.items()
    }
