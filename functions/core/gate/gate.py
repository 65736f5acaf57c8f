"""The gate: the steps that every call of every connector passes, in one order.

Who calls (the alias that IAM let it invoke) → whose grant → may it (policy) → can it afford it (budget) → has it been
done (ledger) → call, through the provider's circuit breaker → record.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from functions.core.audit.records import Audit
from functions.core.authority import grants
from functions.core.authority.grants import Grant
from functions.core.authority.proposals import Proposal, propose
from functions.core.gate import effects
from functions.core.gate.approvals import judged, needs_a_person
from functions.core.gate.authority import check_arguments, declared, granted_entity, whose_grant
from functions.core.gate.budgets import Account, Budgets, Spend
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
    """What an agent's policy says of an operation on an entity."""

    def __call__(self, agent: AgentManifest, operation: Operation, entity: str, action: Action) -> PolicyDecision: ...


class Metered(Performer, Protocol):
    """A performer whose operations cost tokens and dollars."""

    def most(self, operation: Operation, arguments: Any) -> Spend: ...

    def used(self, operation: Operation, answer: Any) -> Spend: ...


@dataclass(frozen=True)
class Passed:
    """The answer of a call that passed, and what is used up of the agent's budget with it, from 0 to 1."""

    result: Any
    used: float = 0.0


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
    """The gate of one connector. `callers` finds an agent's manifest by its name and answers None for others."""

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
        clock: Clock = time.time,
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

    def handle(self, request: Request, alias: str) -> Passed:
        """Perform the request of the agent that IAM let invoke `alias`, and return the provider's answer.

        Raises Denied, BudgetExceeded, ApprovalNeeded, PermanentError, RetryableError, or what AWS refused; each is on
        the audit trail with its reason.
        """
        what = {
            "event": request.event,
            "correlation": request.correlation,
            "action": f"{self._manifest.name}:{request.operation}",
            "digests": {"arguments": digest(request.arguments)},
        }
        try:
            return self._pass(request, alias, what)
        except ApprovalNeeded as needed:
            self._audit.record("asked", decision="ask", reason=str(needed), **what)
            raise
        except (HooklineError, ClientError, BotoCoreError) as error:
            kind = "denied" if isinstance(error, Denied | BudgetExceeded) else "failed"
            self._audit.record(kind, decision=type(error).__name__, reason=str(error), **what)
            raise
        except Exception as error:
            # A mistake of ours that a caller came upon. Its message may proposal what they sent, so its place is told.
            self._audit.record("failed", decision=type(error).__name__, reason=place(error), **what)
            raise
        finally:
            self._audit.flush()

    def refuse(self, alias: str, error: PermanentError) -> None:
        """Put on record that the agent that IAM let invoke `alias` sent what is no request."""
        agent = self._callers(alias)
        who = agent.identity if agent else f"alias {alias!r}"
        self._audit.record("denied", action=self._manifest.name, resource=who, decision="malformed", reason=str(error))
        self._audit.flush()

    def _pass(self, request: Request, alias: str, what: dict[str, Any]) -> Passed:
        # One time for all that a call does, the connector's own: Lambda ends it soon after.
        own = self._clock() + self._manifest.seconds + RESERVE_SECONDS
        request = replace(request, deadline=min(request.deadline, own))
        agent = self._callers(alias)
        if agent is None:
            raise Denied(f"no agent {alias!r} is declared to use {self._manifest.name}")
        what["resource"] = agent.identity
        grant = whose_grant(request, self._keys(), self._clock())
        operation = declared(agent, self._manifest, request.operation)
        check_arguments(operation, request.arguments)
        entity = what["resource"] = granted_entity(operation, request.arguments, grant)
        action = Action(self._manifest.name, operation.name, request.arguments)
        decision = self._policies(agent, operation, entity, action)
        what["policies"] = decision.policies
        if decision.answer is Answer.FORBID:
            why = f": {decision.reason}" if decision.reason else ""
            raise Denied(f"the policy of {agent.name} does not permit {operation.name} on {entity}{why}")
        call = _Call(request, agent, grant, operation, entity, action, decision)
        if request.proposal:
            raise self._ask(call, "the agent asks a person")
        if needs_a_person(decision, operation, grant.approval, agent, action):
            raise self._ask(call, "the policy asks a person")
        self._in_time(call)
        return self._read(call, what) if operation.kind == "read" else self._act(call, what)

    def _in_time(self, call: _Call) -> None:
        if self._clock() - call.grant.issued > call.agent.budget.seconds_per_tree:
            raise BudgetExceeded(f"the tree is older than the {call.agent.budget.seconds_per_tree} s that it may take")

    def _ask(self, call: _Call, why: str, state: dict[str, Any] | None = None) -> ApprovalNeeded:
        """The error that takes the action, and the state that it would meet, to a person, signed."""
        proposal = Proposal(
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
        return ApprovalNeeded(f"{why} to decide on {call.action.operation}", propose(proposal, self._keys()[0]))

    def _state(self, call: _Call) -> dict[str, Any]:
        if call.operation.state is None:
            return {}
        read = self._manifest.read(call.operation.state)
        arguments = {name: call.request.arguments[name] for name in read.parameters}
        granted_entity(read, arguments, call.grant)
        return judged(call.operation, self._performer.call(read, arguments, None, self._left(call.request)))

    def _read(self, call: _Call, what: dict[str, Any]) -> Passed:
        if call.operation.metered:
            return self._metered(call, what)
        answer = self._performer.call(call.operation, call.request.arguments, None, self._left(call.request))
        self._audit.record("read", decision="permit", **_with_answer(what, answer))
        return Passed(answer)

    def _metered(self, call: _Call, what: dict[str, Any]) -> Passed:
        budgets, performer = self._budgets, self._performer
        if budgets is None:
            raise ConfigurationError(f"connector {self._manifest.name} costs money and has no budgets")
        most = performer.most(call.operation, call.request.arguments)
        used_up = budgets.reserve(call.account, most, self._clock())
        try:
            answer = performer.call(call.operation, call.request.arguments, None, self._left(call.request))
        except (CircuitOpen, PermanentError):
            budgets.settle(call.account, most, Spend())  # it was not let through, or refused: nothing was used
            raise
        used = performer.used(call.operation, answer)
        budgets.settle(call.account, most, used)
        cost = f"{used.tokens} tokens, {used.microdollars} millionths of a dollar"
        self._audit.record("read", decision="permit", reason=cost, **_with_answer(what, answer))
        return Passed(answer, used_up)

    def _act(self, call: _Call, what: dict[str, Any]) -> Passed:
        (ledger, budgets), now = self._books(), self._clock()
        self._left(call.request)  # too late, and nothing is reserved or claimed
        arguments = what["digests"]["arguments"]
        effect = Effect(call.agent.name, what["action"], call.entity, call.grant.event, arguments)
        what["digests"] |= {"effect": effect.key}
        used_up = budgets.reserve_effect(call.account, effect.key, now)
        settle = 0.0 if call.operation.idempotency in ("key", "natural") else SETTLE_SECONDS
        # Whoever holds the claim is no more when it runs out, however slow they were: Lambda has ended them.
        claim = ledger.claim(effect, now, lease=self._manifest.timeout + settle)
        if isinstance(claim, AlreadyDone):
            self._audit.record("repeated", decision="already done", **what)
            return Passed(claim.result, used_up)
        try:
            answer = self._perform(call, effect, claim, what)
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
                # While it is still claimed: who claims it next must reserve it anew.
                budgets.give_back(call.account, effect.key)
            ledger.release(effect, claim)
            raise
        except RetryableError as error:
            error.retry_after = max(error.retry_after or 0.0, settle) or None
            ledger.unknown(effect, claim, until=self._clock() + settle if settle else 0.0)
            raise
        ledger.finish(effect, answer, self._clock())
        self._audit.record("effected", decision="permit", **_with_answer(what, answer))
        return Passed(answer, used_up)

    def _perform(self, call: _Call, effect: Effect, claim: Claimed, what: dict[str, Any]) -> Any:
        """The effect's answer: found at the provider where an earlier holder of the claim brought it about, or new."""

        def left() -> float:
            return self._left(call.request)

        arguments, approval = call.request.arguments, call.grant.approval
        # The state is read before the effect is looked for: where it is ours that changed the state, it is found.
        state = self._state(call) if approval else {}
        looked = (self._performer, self._manifest, call.operation, arguments, effect.key, left)
        if claim.again and (found := effects.look(*looked)) is not None:
            what["reason"] = "found at the provider"
            return found
        if approval and (digest(state) if state else "") != approval.state:
            raise self._ask(call, "it changed since it was approved: a person is asked again", state)
        self._audit.record("attempted", decision="permit", **what | ({"reason": "taken over"} if claim.again else {}))
        self._audit.flush()  # the intent is on record before its effect
        return effects.perform(self._performer, call.operation, arguments, effect.key, claim.number, left())

    def _books(self) -> tuple[Ledger, Budgets]:
        if self._ledger is None or self._budgets is None:
            raise ConfigurationError(f"connector {self._manifest.name} has effects and no ledger or no budgets")
        return self._ledger, self._budgets

    def _left(self, request: Request) -> float:
        left = request.deadline - self._clock() - RESERVE_SECONDS
        if left <= 0:
            raise RetryableError("the event's time is up")
        return left


def _with_answer(what: dict[str, Any], answer: Any) -> dict[str, Any]:
    return {**what, "digests": {**what["digests"], "answer": digest(answer)}}
