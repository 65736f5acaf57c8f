"""Turns a connector's manifest into its Lambda handler."""

import importlib
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from functions.core.audit.records import Audit, audit_of
from functions.core.authority.signing_keys import SigningKeys
from functions.core.gate.budgets import Budgets
from functions.core.gate.destinations import Destinations
from functions.core.gate.effects import Performer
from functions.core.gate.gate import Gate
from functions.core.gate.guarded import Credentialed, guarded
from functions.core.gate.ledger import Ledger
from functions.core.gate.listings import Listings
from functions.core.gate.metering import Meter
from functions.core.gate.outbound import Unwell
from functions.core.gate.policy import policy_of
from functions.core.gate.recording import CallRecorder
from functions.core.gate.request import Request
from functions.core.gate.reviewed_state import ASKS, ReviewedState
from functions.core.manifests.agent import AgentManifest
from functions.core.manifests.connector import ConnectorManifest
from functions.core.platform.environment import ConnectorEnvironment
from functions.core.platform.errors import (
    ApprovalNeeded,
    BudgetExceeded,
    CircuitOpen,
    ConfigurationError,
    Denied,
    Gone,
    HooklineError,
    PerhapsDone,
    PermanentError,
    RetryableError,
    Superseded,
)
from functions.core.platform.identities import RECONCILE, alias_of
from functions.core.platform.log import handling
from functions.core.platform.platform import Handler, Platform
from functions.core.recording.records import records_of

# What an agent can be answered, the narrower first.
FINAL = (BudgetExceeded, Denied, Superseded, Gone, PerhapsDone, PermanentError)
ANSWERED = (ApprovalNeeded, *FINAL, CircuitOpen, RetryableError)


def serve_connector(
    manifest: ConnectorManifest, performer: Callable[[ConnectorManifest, Platform], Performer], platform: Platform
) -> Handler:
    """The handler of the connector that `manifest` declares; `performer` makes what performs its operations.

    What calls a provider is guarded by circuit breakers. The handler answers {"result": …, "used": …,
    "one_call_left": …} where `used` is the share of its budget, or {"error": {"kind", "message", …}} where `kind` is
    one of ANSWERED: it says what the agent can do next, and never holds a traceback.
    """
    environment = ConnectorEnvironment.read(platform.environ)
    audit = audit_of(platform, manifest.identity, environment)
    performs = performer(manifest, platform)
    dynamodb = platform.client("dynamodb")
    guard = _guarded(manifest, platform, performs, audit) if manifest.is_guarded else performs

    def keys() -> SigningKeys:
        return SigningKeys(environment.grant_key, platform.secret, platform.clock)

    gate = Gate(
        manifest,
        callers=declared_agent,
        policies=lambda agent, operation, entity, action, destination: policy_of(agent.name).decide(
            agent.name, manifest.name, operation, entity, action.arguments, destination
        ),
        keys=keys,
        performer=guard,
        ledger=Ledger(dynamodb, environment.ledger_table, platform.new_id) if environment.ledger_table else None,
        budgets=Budgets(dynamodb, environment.budgets_table) if environment.budgets_table else None,
        audit=audit,
        clock=platform.clock,
        destinations=Destinations.read(environment.destinations),
        # The circuit breaker guards the call; the performer itself knows what it costs.
        meter=performs if isinstance(performs, Meter) else None,
        new_id=platform.new_id,
        recorder=_recorder(manifest, platform, environment, audit),
    )

    listings = Listings(manifest, guard, audit)
    reviewed = ReviewedState(manifest, declared_agent, guard, keys, audit, platform.clock)

    def read(by: Callable[[Any], Any], payload: Any) -> dict[str, Any]:
        try:
            return {"result": by(payload)}
        except HooklineError as error:
            return {"error": describe(error)}

    def handler(payload: Any, context: Any) -> dict[str, Any]:
        alias = alias_of(context.invoked_function_arn)
        if alias == RECONCILE:
            return read(listings.read, payload)
        if alias == "" and isinstance(payload, dict) and ASKS in payload and "operation" not in payload:
            return read(reviewed.read, payload)
        try:
            request = Request.read(payload, manifest.longest_arguments)
        except PermanentError as error:
            gate.refuse(alias, error)
            return {"error": describe(error)}
        with handling(request.event, request.correlation):  # the agent's word; the gate's lines have the grant's ids
            try:
                passed = gate.handle(request, alias)
                answer = {"result": passed.result, "used": passed.used, "one_call_left": passed.one_call_left}
                return {**answer, "voucher": passed.voucher} if passed.voucher else answer
            except HooklineError as error:
                return {"error": describe(error)}

    return handler


def _guarded(manifest: ConnectorManifest, platform: Platform, performer: Performer, audit: Audit) -> Performer:
    """The performer behind circuit breakers, one for each credential that it presents."""
    if not isinstance(performer, Credentialed):
        raise ConfigurationError(
            f"connector {manifest.name} calls a provider, and its performer does not say its credential()"
        )
    return guarded(manifest, platform, performer, audit)


def _recorder(
    manifest: ConnectorManifest, platform: Platform, environment: ConnectorEnvironment, audit: Audit
) -> CallRecorder | None:
    """What records the calls of agents that declare it, None if no such agent uses the connector."""
    records = records_of(platform, environment.records_bucket, manifest.identity, audit)
    return CallRecorder(manifest.name, records, platform.clock) if records else None


def declared_agent(name: str) -> AgentManifest | None:
    """The manifest of the agent `name`, which lies in this connector's zip if the agent declares its use."""
    if not name.isidentifier():
        return None
    try:
        manifest: AgentManifest = importlib.import_module(f"functions.agents.{name}.manifest").MANIFEST
    except ModuleNotFoundError as error:
        if error.name in (f"functions.agents.{name}", f"functions.agents.{name}.manifest", "functions.agents"):
            return None
        raise ConfigurationError(f"the manifest of {name} cannot be imported: {error}") from error
    return manifest


def describe(error: HooklineError) -> dict[str, Any]:
    """The error as an agent gets it; what is not for good (a secret that is not set yet) may be tried again."""
    kind = next((kind for kind in ANSWERED if isinstance(error, kind)), RetryableError)
    if isinstance(error, Unwell) and error.probe:
        kind = CircuitOpen  # the provider's outage goes on; the event that happened to find out is not to blame
    answer = {"kind": kind.__name__, "message": str(error)}
    if isinstance(error, ApprovalNeeded):
        return {**answer, "proposal": error.proposal, "action": asdict(error.action) if error.action else None}
    if isinstance(error, Superseded):
        return {**answer, "by": error.by, "own": error.own}
    return {**answer, "retry_after": getattr(error, "retry_after", None)}
