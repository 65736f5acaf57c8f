"""The gate: the steps that every call of every connector passes, in one order.

Who calls (the alias that IAM let it invoke) → whose grant → may it (policy) → can it afford it (budget) → has it been
done (ledger) → call, through the provider's circuit breaker → record.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, runtime_checkable

from botocore.exceptions import BotoCoreError, ClientError

from functions.core.audit.records import Audit
from functions.core.authority import grants
from functions.core.authority.grants import Grant
from functions.core.authority.proposals import Proposal, propose
from functions.core.gate import effects
from functions.core.gate.approvals import judged, needs_a_person
from functions.core.gate.arguments import check_arguments
from functions.core.gate.authority import allowed_entity, declared, entity_of, whose_grant
from functions.core.gate.budgets import Account, Budgets, Spend
from functions.core.gate.destinations import Destinations
from functions.core.gate.effects import Performer
from functions.core.gate.ledger import AlreadyDone, Claimed, Effect, Ledger
from functions.core.gate.outbound import FailureReplayed
from functions.core.gate.policy import Answer, PolicyDecision
from functions.core.gate.request import Request
from functions.core.manifests.agent import AgentManifest
from functions.core.manifests.connector import ConnectorManifest, Operation
from functions.core.platform.action import Action
from functions.core.platform.canonical import digest
from functions.core.platform.errors import (
    ApprovalNeeded,
    BudgetExceeded,
    CircuitOpen,
    ConfigurationError,
    Denied,
    HooklineError,
    PermanentError,
    RetryableError,
)
from functions.core.platform.log import place
from functions.core.platform.times import Clock

# What is kept back of a request's time to write its outcome down after the provider has answered.
RESERVE_SECONDS = 1.0
# Where the provider makes no repeat harmless, a request that nobody waits for any more may still be at work there.
SETTLE_SECONDS = 60.0


class Policies(Protocol):
    """What an agent's policy says of an operation on an entity, which `destination` may name."""

    def __call__(
        self, agent: AgentManifest, operation: Operation, entity: str, action: Action, destination: str
    ) -> PolicyDecision: ...


@runtime_checkable
class Meter(Protocol):
    """What metered operations cost: at most, before the call, and really, after it."""

    def most(self, operation: Operation, arguments: Mapping[str, Any]) -> Spend: ...

    def used(self, operation: Operation, answer: Any) -> Spend: ...


@dataclass(frozen=True)
class Passed:
    """The answer of a call that passed, and what is used up of the agent's budget with it, from 0 to 1."""

    result: Any
    used: float = 0.0


@dataclass(frozen=True)
class Facts:
    """What is known of a call, for its record: each step adds what it found."""

    event: str
    correlation: str
    action: str
    arguments: str
    resource: str = ""
    policies: Sequence[str] = ()
    destination: str = ""
    effect: str = ""

    def record(self, answer: str = "") -> dict[str, Any]:
        """The fields of an audit record."""
        digests = {"arguments": self.arguments, "effect": self.effect, "answer": answer}
        return {
            "event": self.event,
            "correlation": self.correlation,
            "action": self.action,
            "resource": self.resource,
            "policies": self.policies,
            "destination": self.destination,
            "digests": {name: digest for name, digest in digests.items() if digest},
        }


@dataclass(frozen=True)
class _Call:
    """A call that may be: everything that is known of it."""

    request: Request
    agent: AgentManifest
    grant: Grant
    operation: Operation
    entity: str
    action: Action
    decision: PolicyDecision

    @property
    def account(self) -> Account:
        return Account(self.grant.correlation, self.agent.name, self.grant.event, self.agent.budget)


class Gate:
    """The gate of one connector. `callers` finds an agent's manifest by its name and answers None for others.

    `meter` says what metered operations cost; without one, they are refused.
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
    ) -> None:
        self._manifest = manifest
        self._callers = callers
        self._policies = policies
        self._keys = keys
        self._performer = performer
        self._ledger = ledger
        self._budgets = budgets
        self._audit = audit
        self._clock = clock
        self._destinations = destinations or Destinations()
        self._meter = meter

    def handle(self, request: Request, alias: str) -> Passed:
        """Perform the request of the agent that IAM let invoke `alias`, and return the provider's answer.

        Raises Denied, BudgetExceeded, ApprovalNeeded, PermanentError, RetryableError, or what AWS refused; each is on
        the audit trail with its reason.
        """
        name = f"{self._manifest.name}:{request.operation}"
        facts = Facts(request.event, request.correlation, name, digest(request.arguments))
        try:
            # One time for all that a call does, the connector's own: Lambda ends it soon after.
            own = self._clock() + self._manifest.seconds + RESERVE_SECONDS
            request = replace(request, deadline=min(request.deadline, own))
            agent = self._callers(alias)
            if agent is None:
                raise Denied(f"no agent {alias!r} is declared to use {self._manifest.name}")
            facts = replace(facts, resource=agent.identity)
            grant = whose_grant(request, self._keys(), self._clock())
            operation = declared(agent, self._manifest, request.operation)
            arguments = self._destinations.resolved(agent, self._manifest.name, operation, request.arguments)
            request = replace(request, arguments=arguments)
            check_arguments(operation, arguments)
            entity = entity_of(operation, arguments)
            destination = self._destinations.name_of(agent, self._manifest.name, operation, entity)
            facts = replace(facts, resource=entity, destination=destination, arguments=digest(arguments))
            allowed_entity(entity, grant, destination)
            action = Action(self._manifest.name, operation.name, arguments)
            decision = self._policies(agent, operation, entity, action, destination)
            facts = replace(facts, policies=decision.policies)
            call = _Call(request, agent, grant, operation, entity, action, decision)
            self._may_it(call)
            if operation.kind == "read":
                return self._metered(call, facts) if operation.metered else self._read(call, facts)
            effect = Effect(agent.name, facts.action, entity, grant.event, facts.arguments)
            facts = replace(facts, effect=effect.key)
            return self._act(call, effect, facts)
        except ApprovalNeeded as needed:
            self._audit.record("asked", decision="ask", reason=str(needed), **facts.record())
            raise
        except (HooklineError, ClientError, BotoCoreError) as error:
            kind = "denied" if isinstance(error, Denied | BudgetExceeded) else "failed"
            self._audit.record(kind, decision=type(error).__name__, reason=str(error), **facts.record())
            raise
        except Exception as error:
            # A fault of ours that a caller came upon. Its message may quote what they sent, so only its place is kept.
            self._audit.record("failed", decision=type(error).__name__, reason=place(error), **facts.record())
            raise
        finally:
            self._audit.flush()

    def refuse(self, alias: str, error: PermanentError) -> None:
        """Put on record that the agent that IAM let invoke `alias` sent something that is not a request."""
        agent = self._callers(alias)
        who = agent.identity if agent else f"alias {alias!r}"
        self._audit.record("denied", action=self._manifest.name, resource=who, decision="malformed", reason=str(error))
        self._audit.flush()

    def _may_it(self, call: _Call) -> None:
        """Raise Denied, ApprovalNeeded or BudgetExceeded unless the policy, the people and the tree's age allow it."""
        decision, operation = call.decision, call.operation
        if decision.answer is Answer.FORBID:
            why = f": {decision.reason}" if decision.reason else ""
            raise Denied(f"the policy of {call.agent.name} does not permit {operation.name} on {call.entity}{why}")
        if call.request.proposal:
            raise self._ask(call, "the agent asks a person")
        if needs_a_person(decision, operation, call.grant.approval, call.agent, call.action):
            raise self._ask(call, "the policy asks a person")
        if self._clock() - call.grant.issued > call.agent.budget.seconds_per_tree:
            raise BudgetExceeded(f"the tree is older than the {call.agent.budget.seconds_per_tree} s that it may take")

    def _ask(self, call: _Call, why: str, state: dict[str, Any] | None = None) -> ApprovalNeeded:
        """The error that takes the action, and the state that it would meet, to a person, signed."""
        proposed = Proposal(
            call.agent.name,
            call.request.event,
            call.grant.correlation,
            call.action,
            int(self._clock()) + grants.LIFETIME,
            self._state(call) if state is None else state,
            call.decision.approvers,
            call.decision.policies,
            call.decision.answer is Answer.ASK,
        )
        signed = propose(proposed, self._keys()[0])
        return ApprovalNeeded(f"{why} to decide on {call.action.operation}", signed, call.action)

    def _state(self, call: _Call) -> dict[str, Any]:
        """What the action would meet, as the provider has it; the entity that is read must be one that is allowed."""
        if call.operation.state is None:
            return {}
        read = self._manifest.read(call.operation.state)
        arguments = {name: call.request.arguments[name] for name in read.parameters}
        entity = entity_of(read, arguments)
        if entity != call.entity:
            allowed_entity(entity, call.grant, "")
        return judged(call.operation, self._performer.call(read, arguments, None, self._left(call.request)))

    def _read(self, call: _Call, facts: Facts) -> Passed:
        answer = self._performer.call(call.operation, call.request.arguments, None, self._left(call.request))
        self._audit.record("read", decision="permit", **facts.record(digest(answer)))
        return Passed(answer)

    def _metered(self, call: _Call, facts: Facts) -> Passed:
        budgets, meter = self._budgets, self._meter
        if budgets is None or meter is None:
            raise ConfigurationError(f"connector {self._manifest.name} costs money and has no budgets or no meter")
        most = meter.most(call.operation, call.request.arguments)
        used_up = budgets.reserve(call.account, most, self._clock())
        try:
            answer = self._performer.call(call.operation, call.request.arguments, None, self._left(call.request))
        except (CircuitOpen, PermanentError):
            budgets.settle(call.account, most, Spend())  # it was not let through, or refused: nothing was used
            raise
        used = meter.used(call.operation, answer)
        budgets.settle(call.account, most, used)
        cost = f"{used.tokens} tokens, {used.microdollars} millionths of a dollar"
        self._audit.record("read", decision="permit", reason=cost, **facts.record(digest(answer)))
        return Passed(answer, used_up)

    def _act(self, call: _Call, effect: Effect, facts: Facts) -> Passed:
        (ledger, budgets), now = self._books(), self._clock()
        self._left(call.request)  # too late, and nothing is reserved or claimed
        used_up = budgets.reserve_effect(call.account, effect.key, now)
        settle = 0.0 if call.operation.idempotency in ("key", "natural") else SETTLE_SECONDS
        # When the claim runs out its holder is gone, however slow it was: Lambda has ended it.
        claim = ledger.claim(effect, now, lease=self._manifest.timeout + settle)
        if isinstance(claim, AlreadyDone):
            self._audit.record("repeated", decision="already done", **facts.record())
            return Passed(claim.result, used_up)
        try:
            answer, found = self._perform(call, effect, claim, facts)
        except FailureReplayed as error:
            # What failed may still act. It gets the time to show, and only then is the next key tried.
            error.retry_after = SETTLE_SECONDS
            number = effects.next_key(call.operation, claim.number)
            ledger.unknown(effect, claim, until=self._clock() + SETTLE_SECONDS, number=number)
            raise
        except (ApprovalNeeded, CircuitOpen, PermanentError) as error:
            if claim.again:  # this time nothing was done, but of the time before nobody knows
                ledger.unknown(effect, claim)
                raise
            if isinstance(error, ApprovalNeeded):  # and under this approval nothing will be
                # While it is still claimed: the next claim must reserve it anew.
                budgets.give_back(call.account, effect.key)
            ledger.release(effect, claim)
            raise
        except RetryableError as error:
            error.retry_after = max(error.retry_after or 0.0, settle) or None
            ledger.unknown(effect, claim, until=self._clock() + settle if settle else 0.0)
            raise
        ledger.finish(effect, answer, self._clock())
        reason = "found at the provider" if found else ""
        self._audit.record("effected", decision="permit", reason=reason, **facts.record(digest(answer)))
        return Passed(answer, used_up)

    def _perform(self, call: _Call, effect: Effect, claim: Claimed, facts: Facts) -> tuple[Any, bool]:
        """The effect's answer, and whether it was found at the provider, where an earlier claim brought it about."""

        def left() -> float:
            return self._left(call.request)

        arguments, approval = call.request.arguments, call.grant.approval
        # The state is read before the effect is looked for: where it is ours that changed the state, it is found.
        state = self._state(call) if approval else {}
        looked = (self._performer, self._manifest, call.operation, arguments, effect.key, left)
        if claim.again and (found := effects.look(*looked)) is not None:
            return found, True
        if approval and (digest(state) if state else "") != approval.state:
            raise self._ask(call, "it changed since it was approved: a person is asked again", state)
        reason = "taken over" if claim.again else ""
        self._audit.record("attempted", decision="permit", reason=reason, **facts.record())
        self._audit.flush()  # the intent is on record before its effect
        answer = effects.perform(self._performer, call.operation, arguments, effect.key, claim.number, left())
        return answer, False

    def _books(self) -> tuple[Ledger, Budgets]:
        if self._ledger is None or self._budgets is None:
            raise ConfigurationError(f"connector {self._manifest.name} has effects and no ledger or no budgets")
        return self._ledger, self._budgets

    def _left(self, request: Request) -> float:
        left = request.deadline - self._clock() - RESERVE_SECONDS
        if left <= 0:
            raise RetryableError("the event's time is up")
        return left
