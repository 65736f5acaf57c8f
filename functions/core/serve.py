"""Turns an agent's manifest and its `run` into a Lambda handler."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Protocol

from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.idempotency.exceptions import IdempotencyAlreadyInProgressError

from functions.core import aws
from functions.core.action import Action
from functions.core.audit import Audit, sqs_sender
from functions.core.bus import Bus
from functions.core.consume import consume
from functions.core.environment import AgentEnvironment
from functions.core.errors import Denied, PermanentError, RetryableError
from functions.core.event import Event
from functions.core.log import place
from functions.core.manifest import AgentManifest
from functions.core.outcomes import APPROVAL_REQUIRED, ApprovalRequired, Done, Emit, Outcome
from functions.core.times import Clock, rfc3339
from functions.core.tools import Invoke, Tools, lambda_invoker

# An event's id is remembered for longer than it can wait in any queue.
REMEMBER_SECONDS = 15 * 24 * 3600

Run = Callable[[Event, Any], Outcome | Sequence[Outcome]]


class Catalogue(Protocol):
    """What the runtime needs of the taxonomy: to check an event's data and name its schema."""

    def check(self, detail_type: str, data: Mapping[str, Any]) -> dict[str, Any]: ...

    def schema(self, detail_type: str) -> str: ...


class Agent:
    """Wakes `run` with an event, and turns its outcomes into events on the bus."""

    def __init__(
        self,
        manifest: AgentManifest,
        run: Run,
        catalogue: Catalogue,
        bus: Bus,
        invoke: Invoke,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._manifest = manifest
        self._run = run
        self._catalogue = catalogue
        self._bus = bus
        self._invoke = invoke
        self._audit = audit
        self._clock = clock

    def wake(self, event: Event) -> list[str]:
        """Handle `event` once and return the detail-types that were published.

        Raises PermanentError where it is not for this agent or can never succeed, RetryableError where it may.
        """
        what = {"event": event.id, "correlation": event.correlationid, "resource": event.subject}
        try:
            self._refuse_strangers(event)
            deadline = self._clock() + self._manifest.budget.seconds
            answer = self._run(event, Tools(self._manifest, event, deadline, self._invoke))
            outcomes = [answer] if isinstance(answer, Done | Emit | ApprovalRequired) else list(answer)
            published = self._children(event, outcomes)
            for outcome in outcomes:
                self._audit.record(
                    "decided", action=_name(outcome), decision=type(outcome).__name__, reason=outcome.why, **what
                )
            self._audit.flush()  # what it decided is on record before the world hears of it
            self._bus.publish(published)
            for child in published:
                self._audit.record("published", action=child.type, **what)
        except (PermanentError, RetryableError) as error:
            self._audit.record("failed", decision=type(error).__name__, reason=str(error), **what)
            raise
        except Exception as error:
            # A mistake in the agent. Its message may quote what came from outside, so only its place is told.
            self._audit.record("failed", decision=type(error).__name__, reason=place(error), **what)
            raise
        finally:
            self._audit.flush()
        return [child.type for child in published]

    def _refuse_strangers(self, event: Event) -> None:
        if not self._manifest.hears_event(event.source, event.type):
            raise Denied(f"{self._manifest.name} does not hear {event.type} from {event.source}")
        if event.hops > self._manifest.budget.hops:
            raise PermanentError(f"{event.hops} hops from the first event, {self._manifest.budget.hops} are allowed")
        self._catalogue.check(event.type, event.data)

    def _children(self, event: Event, outcomes: Sequence[Outcome]) -> list[Event]:
        said = [saying for outcome in outcomes if (saying := self._saying(outcome))]
        numbers: Counter[str] = Counter()
        children = []
        for type, data in said:
            numbers[type] += 1
            children.append(self._child(event, type, numbers[type], data))
        return children

    def _saying(self, outcome: Outcome) -> tuple[str, Mapping[str, Any]] | None:
        """The detail-type and data of what an outcome publishes, None where it publishes nothing."""
        match outcome:
            case Done():
                return None
            case Emit(type=type):
                if type not in self._manifest.says:
                    raise Denied(f"agent {self._manifest.name} does not declare that it says {type}")
                return type, outcome.data
            case ApprovalRequired(action=action):
                if action:
                    self._refuse_undeclared(action)
                now = self._clock()
                request = {
                    "agent": self._manifest.name,
                    "action": asdict(outcome.action) if outcome.action else None,
                    "question": outcome.question,
                    "evidence": dict(outcome.evidence),
                    "why": outcome.why,
                    "expires": int(now) + outcome.expires_in,
                    "otherwise": outcome.otherwise,
                }
                return APPROVAL_REQUIRED, request

    def _refuse_undeclared(self, action: Action) -> None:
        use = self._manifest.use_of(action.connector)
        if use is None or action.operation not in use.operations:
            raise Denied(f"agent {self._manifest.name} does not declare {action.connector} {action.operation}")

    def _child(self, event: Event, detail_type: str, number: int, data: Mapping[str, Any]) -> Event:
        return event.child(
            source=self._manifest.identity,
            type=detail_type,
            number=number,
            time=rfc3339(self._clock()),
            data=self._catalogue.check(detail_type, data),
            schema=self._catalogue.schema(detail_type),
        )


def serve(manifest: AgentManifest, run: Run, catalogue: Catalogue) -> Callable[..., Any]:
    """The Lambda handler of the agent that `manifest` declares and `run` thinks for."""
    environment = AgentEnvironment.read()
    agent = Agent(
        manifest,
        run,
        catalogue,
        bus=Bus(aws.client("events"), environment.bus),
        invoke=lambda_invoker(aws.client("lambda"), environment.connectors_arn),
        audit=Audit(manifest.identity, sqs_sender(aws.client("sqs"), environment.audit_queue_url), time.time),
        clock=time.time,
    )
    memory = IdempotencyConfig(
        event_key_jmespath="id", expires_after_seconds=REMEMBER_SECONDS, raise_on_no_idempotency_key=True
    )
    rows = DynamoDBPersistenceLayer(environment.idempotency_table, boto3_client=aws.client("dynamodb"))

    @idempotent_function(
        data_keyword_argument="detail", persistence_store=rows, config=memory, key_prefix=manifest.name
    )
    def once(detail: dict[str, Any], event: Event) -> list[str]:
        return agent.wake(event)

    def handle(event: Event) -> None:
        try:
            once(detail={"id": event.id}, event=event)
        except IdempotencyAlreadyInProgressError as error:
            raise RetryableError(f"another copy of {event.id} is being handled") from error

    consumer = consume(handle, aws.client("sqs"), environment.queue_url, environment.dead_letter_url)

    def handler(payload: dict[str, Any], context: Any) -> Any:
        memory.register_lambda_context(context)
        return consumer(payload, context)

    return handler


def _name(outcome: Outcome) -> str:
    match outcome:
        case Emit(type=type):
            return type
        case ApprovalRequired(action=action) if action:
            return f"{action.connector}:{action.operation}"
    return ""
