"""Turns an agent's manifest and its `run` into a Lambda handler."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.idempotency.exceptions import IdempotencyAlreadyInProgressError

from functions.core.audit.records import Audit, about, audit_of
from functions.core.events.bus import Bus
from functions.core.events.event import Event
from functions.core.manifests.agent import AgentManifest
from functions.core.models.kept import KeptDecisions
from functions.core.models.model import preload
from functions.core.platform.environment import AgentEnvironment
from functions.core.platform.errors import RetryableError
from functions.core.platform.platform import Handler, Platform
from functions.core.recording.records import records_of
from functions.core.runtime.agent import Agent, Catalogue, Run
from functions.core.runtime.consume import consume
from functions.core.runtime.deadlines import Deadlines
from functions.core.runtime.invoke import lambda_invoker
from functions.core.runtime.latency import measure, since_delivery
from functions.core.runtime.recording import RunRecorder
from functions.core.runtime.wait_store import Waits
from functions.core.runtime.waiting import Waiting
from functions.core.runtime.wakes import Wakes

# An event's id is remembered for longer than it can wait in any queue.
REMEMBER_SECONDS = 15 * 24 * 3600


def memory_key(agent: str, event: str) -> str:
    """The key of the row of an event that the agent has handled, as Powertools makes it (its key_prefix, and MD5)."""
    return f"{agent}#{hashlib.md5(json.dumps(event).encode(), usedforsecurity=False).hexdigest()}"


def serve(manifest: AgentManifest, run: Run, catalogue: Catalogue, platform: Platform) -> Handler:
    """The handler of the agent that `manifest` declares and `run` thinks for."""
    environment = AgentEnvironment.read(platform.environ)
    preload(manifest)
    audit = audit_of(platform, manifest.identity, environment)
    dynamodb = platform.client("dynamodb")
    waiting = Waiting(
        manifest,
        Waits(dynamodb, environment.idempotency_table, platform.clock),
        Deadlines(platform.client("sqs"), environment.queue_url, platform.clock),
        audit,
        platform.clock,
    )
    impatient = {name: platform.patient_client("lambda", seconds) for name, seconds in manifest.patience.items()}
    agent = Agent(
        manifest,
        run,
        catalogue,
        bus=Bus(platform.client("events"), environment.bus),
        invoke=lambda_invoker(platform.client("lambda"), environment.connectors_arn, impatient),
        wakes=Wakes(dynamodb, environment.idempotency_table),
        audit=audit,
        clock=platform.clock,
        kept=KeptDecisions(dynamodb, environment.idempotency_table, platform.clock),
        waiting=waiting if manifest.waits else None,
        recorder=_recorder(manifest, platform, environment, audit),
    )
    return serve_each_once(manifest, agent.wake, platform, environment, audit)


def _recorder(
    manifest: AgentManifest, platform: Platform, environment: AgentEnvironment, audit: Audit
) -> RunRecorder | None:
    """What records the agent's runs, None if it is not recorded."""
    records = records_of(platform, environment.records_bucket, manifest.identity, audit)
    return (
        RunRecorder(manifest.name, manifest.recorded, records, platform.clock)
        if records and manifest.recorded
        else None
    )


def serve_each_once(
    manifest: AgentManifest,
    wake: Callable[[Event], list[str]],
    platform: Platform,
    environment: AgentEnvironment,
    audit: Audit,
) -> Handler:
    """The handler that wakes the agent of `manifest` with each event of its queue, and with each event only once."""
    dynamodb = platform.client("dynamodb")
    memory = IdempotencyConfig(
        event_key_jmespath="id", expires_after_seconds=REMEMBER_SECONDS, raise_on_no_idempotency_key=True
    )
    rows = DynamoDBPersistenceLayer(environment.idempotency_table, boto3_client=dynamodb)

    @idempotent_function(  # type: ignore[untyped-decorator]  # Powertools does not say what it returns
        data_keyword_argument="detail", persistence_store=rows, config=memory, key_prefix=manifest.name
    )
    def once(detail: dict[str, Any], event: Event, woken: list[str]) -> list[str]:
        woken.append(event.id)
        return wake(event)

    def handle(event: Event) -> None:
        woken: list[str] = []
        try:
            once(detail={"id": event.id}, event=event, woken=woken)
        except IdempotencyAlreadyInProgressError as error:
            raise RetryableError(f"another copy of {event.id} is being handled") from error
        if not woken:
            audit.record("duplicate", action=event.type, decision="already handled", **about(event))
            audit.flush()
        elif (seconds := since_delivery(manifest, event, platform.clock())) is not None:
            measure(manifest.identity, seconds)

    consumer = consume(handle, platform, environment, audit)

    def handler(payload: dict[str, Any], context: Any) -> Any:
        memory.register_lambda_context(context)
        return consumer(payload, context)

    return handler
