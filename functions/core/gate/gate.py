"""The gate: the steps that every call of every connector passes, in one order.

Who calls (the alias that IAM let it invoke) → whose grant → may it → can it afford it → has it been done → call →
record.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from functions.core import grants
from functions.core.audit import Audit
from functions.core.canonical import digest
from functions.core.errors import ConfigurationError, Denied, HooklineError, PermanentError, RetryableError
from functions.core.gate.budgets import Budgets
from functions.core.gate.ledger import AlreadyDone, Effect, Ledger
from functions.core.grants import Grant
from functions.core.manifest import AgentManifest, ConnectorManifest, Operation
from functions.core.times import Clock

# What is kept back of a request's time to write its outcome down after the provider has answered.
RESERVE_SECONDS = 1.0
LONGEST = {"operation": 100, "event": 1024, "correlation": 1024, "grant": 16_000}  # characters
LONGEST_ARGUMENTS = 100_000


class Performer(Protocol):
    """Does an operation for real: the provider's API, or a table of ours."""

    def call(self, operation: Operation, arguments: Mapping[str, Any], key: str | None, seconds: float) -> Any: ...


@dataclass(frozen=True)
class Request:
    """What an agent asks of a connector. All of it is the agent's word, so all of it is checked."""

    operation: str
    arguments: Mapping[str, Any]
    event: str
    correlation: str
    grant: str
    deadline: float

    @classmethod
    def read(cls, payload: Any) -> "Request":
        """Read an invocation's payload. Raises PermanentError where a field is missing or of another type."""
        if not isinstance(payload, dict):
            raise PermanentError("not a request to a connector: it is no object")
        kinds = {"operation": str, "arguments": dict, "event": str, "correlation": str, "grant": str}
        wrong = [name for name, kind in kinds.items() if not isinstance(payload.get(name), kind)]
        deadline = payload.get("deadline")
        if wrong or not isinstance(deadline, int | float):
            raise PermanentError(f"not a request to a connector: {', '.join(wrong) or 'deadline'} is missing or wrong")
        long = [name for name, most in LONGEST.items() if len(payload[name]) > most]
        if long or len(json.dumps(payload["arguments"])) > LONGEST_ARGUMENTS:
            raise PermanentError(f"not a request to a connector: {', '.join(long) or 'arguments'} is too long")
        return cls(**{name: payload[name] for name in kinds}, deadline=float(deadline))


class Gate:
    """The gate of one connector. `callers` finds an agent's manifest by its name and answers None for others."""

    def __init__(
        self,
        manifest: ConnectorManifest,
        callers: Callable[[str], AgentManifest | None],
        keys: Callable[[], Sequence[str]],
        performer: Performer,
        ledger: Ledger | None,
        budgets: Budgets | None,
        audit: Audit,
        clock: Clock = time.time,
    ) -> None:
        self._manifest = manifest
        self._callers = callers
        self._keys = keys
        self._performer = performer
        self._ledger = ledger
        self._budgets = budgets
        self._audit = audit
        self._clock = clock

    def handle(self, request: Request, alias: str) -> Any:
        """Perform the request of the agent that IAM let invoke `alias`, and return the provider's answer.

        Raises Denied, PermanentError, RetryableError, or what AWS refused; each is on the audit trail with its reason.
        """
        what = {
            "event": request.event,
            "correlation": request.correlation,
            "action": f"{self._manifest.name}:{request.operation}",
            "digests": {"arguments": digest(request.arguments)},
        }
        try:
            agent = self._who(alias)
            what["resource"] = agent.identity
            grant = self._whose_grant(request)
            operation = self._may(agent, request.operation)
            entity = self._granted_entity(operation, request.arguments, grant)
            what["resource"] = entity
            if operation.kind == "read":
                return self._read(operation, request, what)
            effect = Effect(agent.name, request.operation, entity, grant.event, what["digests"]["arguments"])
            self._afford(agent, effect, request)
            return self._act(operation, effect, request, what)
        except (HooklineError, ClientError, BotoCoreError) as error:
            kind = "denied" if isinstance(error, Denied) else "failed"
            self._audit.record(kind, decision=type(error).__name__, reason=str(error), **what)
            raise
        finally:
            self._audit.flush()

    def _who(self, alias: str) -> AgentManifest:
        agent = self._callers(alias)
        if agent is None:
            raise Denied(f"no agent {alias!r} is declared to use {self._manifest.name}")
        return agent

    def _whose_grant(self, request: Request) -> Grant:
        grant = grants.check(request.grant, self._keys(), self._clock())
        if grant.correlation != request.correlation:
            raise Denied("the grant belongs to another event")
        return grant

    def _may(self, agent: AgentManifest, name: str) -> Operation:
        use = agent.use_of(self._manifest.name)
        operation = self._manifest.operation(name)
        if use is None or name not in use.operations or operation is None:
            raise Denied(f"agent {agent.name} does not declare {self._manifest.name} {name}")
        return operation

    def _granted_entity(self, operation: Operation, arguments: Mapping[str, Any], grant: Grant) -> str:
        allowed = {*operation.parameters, *operation.takes}
        if unknown := sorted(set(arguments) - allowed):
            raise PermanentError(f"{operation.name} takes no {', '.join(unknown)}")
        if any(not isinstance(arguments.get(name), str) or not arguments[name] for name in operation.parameters):
            raise PermanentError(f"{operation.name} needs {', '.join(operation.parameters)}")
        entity = operation.entity.format(**arguments)
        if entity not in grant.entities:
            raise Denied(f"the grant does not name {entity}")
        return entity

    def _afford(self, agent: AgentManifest, effect: Effect, request: Request) -> None:
        if self._budgets is None:
            raise ConfigurationError(f"connector {self._manifest.name} has effects and no budgets")
        self._budgets.reserve(request.correlation, agent.name, effect.event, effect.key, agent.budget, self._clock())

    def _read(self, operation: Operation, request: Request, what: dict[str, Any]) -> Any:
        answer = self._performer.call(operation, request.arguments, None, self._left(request))
        self._audit.record("read", decision="permit", **_with_answer(what, answer))
        return answer

    def _act(self, operation: Operation, effect: Effect, request: Request, what: dict[str, Any]) -> Any:
        if self._ledger is None:
            raise ConfigurationError(f"connector {self._manifest.name} has effects and no ledger")
        left = self._left(request)
        claim = self._ledger.claim(effect, self._clock(), lease=left + RESERVE_SECONDS)
        if isinstance(claim, AlreadyDone):
            self._audit.record("repeated", decision="already done", **what)
            return claim.result
        self._audit.record("attempted", decision="permit", reason="taken over" if claim.again else "", **what)
        self._audit.flush()  # the intent is on record before its effect
        try:
            answer = self._performer.call(operation, request.arguments, effect.key, left)
        except RetryableError:
            self._ledger.unknown(effect, claim)
            raise
        except PermanentError:
            self._ledger.release(effect, claim)
            raise
        self._ledger.finish(effect, answer, self._clock())
        self._audit.record("effected", decision="permit", **_with_answer(what, answer))
        return answer

    def _left(self, request: Request) -> float:
        left = request.deadline - self._clock() - RESERVE_SECONDS
        if left <= 0:
            raise RetryableError("the event's time is up")
        return min(left, self._manifest.seconds)


def _with_answer(what: dict[str, Any], answer: Any) -> dict[str, Any]:
    return {**what, "digests": {**what["digests"], "answer": digest(answer)}}
