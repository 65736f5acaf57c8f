"""The reconcile service, invoked on a schedule or by an operator: reconciles one source."""

import importlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from functions.core.audit.records import audit_of
from functions.core.ingress.builder import EventBuilder
from functions.core.manifests.source import SourceManifest
from functions.core.platform.environment import ReconcileEnvironment
from functions.core.platform.errors import PermanentError, RetryableError
from functions.core.platform.platform import Handler, Platform
from functions.core.reconcile.redelivering import Redeliverer
from functions.core.reconcile.report import Report
from functions.core.reconcile.run import Reconciler, Reconciling, Ways
from functions.core.reconcile.table import Deliveries
from functions.core.reconcile.windows import reachable, window
from functions.core.runtime.invoke import lambda_invoker
from functions.core.runtime.tools import Invoke

SERVICE = "service.reconcile"
RESERVE_SECONDS = 20  # for the page that is being compared, and what is missing of it


def start(platform: Platform) -> Handler:
    """The handler of the reconcile service."""
    environment = ReconcileEnvironment.read(platform.environ)
    audit = audit_of(platform, SERVICE, environment)
    deliveries = Deliveries(platform.client("dynamodb"), environment.deliveries_table, platform.clock)
    aws = platform.client("lambda")
    connectors = lambda_invoker(aws, environment.connectors_arn)
    verifiers = lambda_invoker(aws, environment.verifiers_arn)

    def reconciled(payload: Mapping[str, Any], seconds: float) -> Report:
        name, since = _asked(payload, environment.sources.split(","))
        provider: Reconciling = importlib.import_module(f"functions.providers.{name}.reconcile")
        source: SourceManifest = importlib.import_module(f"functions.providers.{name}.source").MANIFEST
        now, last, dry = platform.clock(), deliveries.last(name), payload.get("dry") is True
        ways = ways_of(name, provider.MANIFEST.listing, deliveries, connectors, verifiers)
        builder = EventBuilder(source, lambda _: None)
        ends = now + min(seconds, _number(payload, "seconds") or seconds) - RESERVE_SECONDS
        kind: type[Reconciler] | type[Redeliverer] = Redeliverer if provider.MANIFEST.redelivers else Reconciler
        reconciler = kind(provider, builder, ways, platform.clock, ends, dry)
        mark = reachable(provider.MANIFEST, now, last.mark if last else None)
        report = reconciler.run(window(provider.MANIFEST, now, mark, since))
        if not dry:
            deliveries.keep(report, mark)
        decision = "whole" if report.is_whole else "not whole"
        audit.record("reconciled", resource=source.identity, decision=decision, reason=_said(report, dry))
        return report

    def handler(payload: Any, context: Any) -> dict[str, Any]:
        """Reconcile {"source": name}; also "since" in unix seconds, the "seconds" that it may take, and "dry": true to
        publish nothing.

        Returns {"report": …, "lost": …, "whole": …} or {"error": message}. A run of the schedule ("scheduled": true)
        raises instead if it is not whole, so that an alarm fires.
        """
        scheduled = isinstance(payload, dict) and payload.get("scheduled") is True
        try:
            report = reconciled(payload, context.get_remaining_time_in_millis() / 1000)
        except PermanentError as error:
            if scheduled:
                raise
            return {"error": str(error)}
        finally:
            audit.flush()
        if scheduled and not report.is_whole:
            raise RetryableError(f"{report.source}: {report.summary}")
        return {"report": asdict(report), "lost": len(report.lost), "whole": report.is_whole}

    return handler


def ways_of(source: str, listing: str, deliveries: Deliveries, connectors: Invoke, verifiers: Invoke) -> Ways:
    """The ways of one source: its connector, its rows and its verifier."""

    def read(name: str, arguments: Mapping[str, Any]) -> Any:
        answer = connectors(source, {"listing": name, "arguments": dict(arguments)})
        if "error" in answer:
            raise RetryableError(f"connector {source}: {answer['error'].get('message', 'no reason given')}")
        return answer.get("result")

    def ingest(bodies: Sequence[Mapping[str, Any]]) -> Sequence[tuple[str, str]]:
        answer = verifiers(source, {"fetched": list(bodies), "by": f"{source}:{listing}"})
        return [(str(one["outcome"]), str(one["reason"])) for one in answer["outcomes"]]

    return Ways(read, deliveries.states, ingest)


def _asked(payload: Any, known: Sequence[str]) -> tuple[str, float | None]:
    """The source, and since when. Raises PermanentError for a payload that is malformed, or of another source."""
    name = payload.get("source") if isinstance(payload, dict) else None
    if name not in known:
        raise PermanentError(f"the reconcile service knows no source {json.dumps(name)[:100]}: {', '.join(known)}")
    return str(name), _number(payload, "since")


def _number(payload: Mapping[str, Any], name: str) -> float | None:
    """A number of the payload, None if it is missing. Raises PermanentError if it is none."""
    value = payload.get(name)
    if value is not None and type(value) not in (int, float):
        raise PermanentError(f"{name} is not a number of seconds")
    return value


def _said(report: Report, dry: bool) -> str:
    return f"{report.summary}; a dry run" if dry else report.summary
