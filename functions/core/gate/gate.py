"""The gate: the steps that every call of every connector passes, in one order.

Who calls (the alias that IAM let it invoke) → whose grant → is it permitted (policy) → is it affordable (budget) → has
it been done (ledger) → call, through the provider's circuit breaker → record.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.core.audit.records import Audit
from functions.core.gate.approvals import needs_a_person
from functions.core.gate.arguments import check_arguments
from functions.core.gate.authority import (
    check_also,
    check_grant,
    decided_entity,
    declared,
    declared_model,
    entity_of,
    for_tenant,
    reached_entity,
)
from functions.core.gate.budgets import Budgets
from functions.core.gate.call import RESERVE_SECONDS, Call, Facts, Passed
from functions.core.gate.claimed_effects import ClaimedEffects
from functions.core.gate.destinations import Destinations
from functions.core.gate.effects import Performer
from functions.core.gate.ledger import Effect, Ledger
from functions.core.gate.metered import MeteredCalls
from functions.core.gate.metering import Meter
from functions.core.gate.policy import Answer, Policies, PolicyDecision
from functions.core.gate.proposing import Proposer
from functions.core.gate.recording import CallRecorder
from functions.core.gate.request import Request
from functions.core.gate.vouching import Voucher
from functions.core.manifests.agent import AgentManifest
from functions.core.manifests.connector import ConnectorManifest
from functions.core.manifests.operation import VOUCHED
from functions.core.platform.action import Action
from functions.core.platform.canonical import digest
from functions.core.platform.errors import (
    ApprovalNeeded,
    BudgetExceeded,
    ConfigurationError,
    Denied,
    HooklineError,
    PermanentError,
    Superseded,
)
from functions.core.platform.log import place
from functions.core.platform.times import Clock

# Has something done after the call, with its audit records on their queue.
Later = Callable[[Callable[[], None]], None]


class Gate:
    """The gate of one connector. `callers` returns the manifest of an agent that uses it, None for other names.

    Without a `meter`, metered operations are refused; without a `ledger` and `budgets`, effects are. `recorder` records
    the calls of agents that declare it.
    """

    def __init__(
        self,
        manifest: ConnectorManifest,
        callers: Callable[[str], AgentManifest | None],
        policies: Policies,
        keys: Callable[[], Sequence[str]],
        performer: Performer,
        ledger: Ledger | None,
        budgets: Budgets | None,
        audit: Audit,
        clock: Clock,
        destinations: Destinations | None = None,
        meter: Meter | None = None,
        new_id: Callable[[], str] | None = None,
        recorder: CallRecorder | None = None,
    ) -> None:
        self._manifest = manifest
        self._callers = callers
        self._policies = policies
        self._keys = keys
        self._performer = performer
        self._audit = audit
        self._clock = clock
        self._recorder = recorder
        self._destinations = destinations or Destinations()
        self._proposer = Proposer(manifest, performer, policies, keys, audit, clock)
        self._voucher = Voucher(manifest, performer, keys, audit, clock)
        self._effects = (
            ClaimedEffects(manifest, performer, ledger, budgets, self._proposer, audit, clock)
            if ledger is not None and budgets is not None
            else None
        )
        self._calls = (
            MeteredCalls(performer, meter, budgets, audit, clock, new_id)
            if meter is not None and budgets is not None and new_id is not None
            else None
        )

    def handle(self, request: Request, alias: str) -> Passed:
        """Perform the request of the agent that IAM let invoke `alias`, and return the provider's answer.

        Raises Denied, BudgetExceeded, ApprovalNeeded, PermanentError, RetryableError, or an error of AWS; each is on
        the audit trail with its reason. The call's record is written last: what is on it has happened by then.
        """
        after: list[Callable[[], None]] = []
        try:
            return self._handled(request, alias, after.append)
        finally:
            self._audit.flush()
            for write in after:
                write()

    def _handled(self, request: Request, alias: str, later: Later) -> Passed:
        name = f"{self._manifest.name}:{request.operation}"
        facts = Facts(request.event, request.causation, request.correlation, name, digest(request.arguments))
        try:
            # One deadline for all of a call. The connector's own is earlier if the agent's is far: Lambda ends it soon.
            own = self._clock() + self._manifest.seconds + RESERVE_SECONDS
            request = replace(request, deadline=min(request.deadline, own))
            agent = self._callers(alias)
            if agent is None:
                raise Denied(f"no agent {alias!r} is declared to use {self._manifest.name}")
            facts = replace(facts, resource=agent.identity)
            grant = check_grant(request, self._keys(), self._clock())
            facts = facts.under(grant)
            operation = declared(agent, self._manifest, request.operation)
            arguments = self._destinations.resolved(agent, self._manifest.name, operation, request.arguments)
            request = replace(request, arguments=arguments)
            check_arguments(operation, arguments)
            entity = entity_of(operation, arguments)
            destination = self._destinations.name_of(agent, self._manifest.name, operation, entity)
            facts = replace(facts, resource=entity, destination=destination, arguments=digest(arguments))
            linked = ""
            if operation.model:
                declared_model(agent, self._manifest.name, arguments[operation.model])
            else:
                extension = self._voucher.extension(request, agent, grant)
                entity, linked = reached_entity(entity, grant, destination, extension, name)
            check_also(operation, arguments, grant)
            operation, arguments = for_tenant(self._manifest, operation, arguments, entity)
            request = replace(request, arguments=arguments)
            facts = replace(facts, resource=entity)  # the digest stays that of what the agent sent
            if linked:
                self._audit.record("linked", decision="permit", reason=f"by the link of {linked}", **facts.record())
            action = Action(self._manifest.name, operation.name, arguments)
            decision = self._policies(agent, operation, entity, action, destination)
            facts = replace(facts, policies=decision.policies)
            self._note_shadow(decision, facts)
            call = Call(request, agent, grant, operation, entity, action, decision, destination, linked)
            if operation.vouched:  # no part of what the caller sent: neither a policy nor the effect's key knows it
                vouched = {**arguments, VOUCHED: self._voucher.addresses(call)}
                call = replace(call, request=replace(request, arguments=vouched))
            started = self._clock()
            try:
                self._check_permitted(call, facts)
                if operation.kind == "effect":
                    decides = decided_entity(operation, grant)
                    effect = Effect(agent.name, facts.action, entity, grant.event, facts.arguments, decides)
                    facts = replace(facts, effect=effect.key)
                    passed = self._effect(call, effect, facts)
                else:
                    passed = self._metered(call, facts) if operation.metered else self._read(call, facts)
            except Exception as error:
                self._record(call, started, error, later)
                raise
            self._record(call, started, passed, later)
            return passed
        except ApprovalNeeded as needed:
            self._audit.record("asked", decision="ask", reason=str(needed), **facts.record())
            raise
        except Superseded as error:
            self._audit.record("repeated", decision="decided already", reason=str(error), **facts.record())
            raise
        except (HooklineError, ClientError, BotoCoreError) as error:
            kind = "denied" if isinstance(error, Denied | BudgetExceeded) else "failed"
            self._audit.record(kind, decision=type(error).__name__, reason=str(error), **facts.record())
            raise
        except Exception as error:
            # A fault of ours. Its message may quote what the caller sent, so only its place is recorded.
            self._audit.record("failed", decision=type(error).__name__, reason=place(error), **facts.record())
            raise

    def refuse(self, alias: str, error: PermanentError) -> None:
        """Record that the agent that IAM let invoke `alias` sent something that is not a request."""
        agent = self._callers(alias)
        who = agent.identity if agent else f"alias {alias!r}"
        self._audit.record("denied", action=self._manifest.name, resource=who, decision="malformed", reason=str(error))
        self._audit.flush()

    def _check_permitted(self, call: Call, facts: Facts) -> None:
        """Raise Denied or ApprovalNeeded unless the policy and people permit it, BudgetExceeded for a read too late."""
        decision, operation = call.decision, call.operation
        if decision.answer is Answer.FORBID:
            why = f": {decision.reason}" if decision.reason else ""
            raise Denied(f"the policy of {call.agent.name} does not permit {operation.name} on {call.entity}{why}")
        if call.request.proposal:
            raise self._proposer.approval_needed(call, facts, "the agent asks a person")
        if needs_a_person(decision, operation, call.grant.approval, call.agent, call.action):
            raise self._proposer.approval_needed(call, facts, "the policy asks a person")
        if operation.kind == "read" and (expired := self._expired(call)):
            raise expired

    def _expired(self, call: Call) -> BudgetExceeded | None:
        """The refusal of what is asked after the tree's time; an effect is asked for again until it is answered."""
        longest = call.agent.budget.seconds_per_tree
        late = self._clock() - call.grant.issued > longest and not call.operation.anytime
        return BudgetExceeded(f"the tree is older than the {longest} s that it may take") if late else None

    def _note_shadow(self, decision: PolicyDecision, facts: Facts) -> None:
        """Record what the policies in shadow would have decided, if that is something else."""
        if would := decision.shadow:
            record = {**facts.record(), "policies": would.policies}
            reason = would.reason or f"enforced: {decision.answer}"
            self._audit.record("shadowed", decision=would.answer.value, reason=reason, **record)

    def _record(self, call: Call, started: float, ended: Passed | Exception, later: Later) -> None:
        if self._recorder and (write := self._recorder.of(call, started, ended)):
            later(write)

    def _effect(self, call: Call, effect: Effect, facts: Facts) -> Passed:
        if self._effects is None:
            raise ConfigurationError(f"connector {self._manifest.name} has effects and no ledger or no budgets")
        return self._effects.perform(call, effect, facts, self._expired(call))

    def _read(self, call: Call, facts: Facts) -> Passed:
        if call.operation.extends:
            return self._voucher.followed(call, facts)
        answer = self._perform_read(call)
        self._audit.record("read", decision="permit", **facts.record(digest(answer)))
        return Passed(answer, voucher=self._voucher.confirming(call, answer))

    def _metered(self, call: Call, facts: Facts) -> Passed:
        if self._calls is None:
            raise ConfigurationError(f"connector {self._manifest.name} costs money and has no budgets or no meter")
        return self._calls.perform(call, facts)

    def _perform_read(self, call: Call) -> Any:
        seconds = call.seconds_left(self._clock())
        return self._performer.call(call.operation, call.request.arguments, None, seconds)
