"""The verifier of a source: an HTTP API request in, an answer out."""

import importlib
from dataclasses import asdict
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit, single_metric

from functions.core.audit.records import audit_of
from functions.core.events.bus import Bus
from functions.core.ingress.addresses import Allowed, PublishedLists
from functions.core.ingress.bodies import Bodies
from functions.core.ingress.builder import EventBuilder
from functions.core.ingress.claims import Claims
from functions.core.ingress.fetched import Fetched
from functions.core.ingress.outbox import Outbox, Spill
from functions.core.ingress.receive import Answer, Verifier
from functions.core.ingress.request import delivery_of
from functions.core.ingress.signatures.verify import signs_a_time, usable_secrets
from functions.core.manifests.identity import BodyDigest
from functions.core.manifests.source import SourceManifest
from functions.core.platform.environment import VerifierEnvironment
from functions.core.platform.errors import ConfigurationError, Denied
from functions.core.platform.identities import RECONCILE, alias_of
from functions.core.platform.log import log
from functions.core.platform.platform import Handler, Platform
from functions.core.platform.secret_values import SECRET_FAULTS, VERIFY_TOKEN, labelled

RETRY_AFTER = "5"


def start(platform: Platform) -> Handler:
    """The handler of the verifier of the source that the environment names."""
    environment = VerifierEnvironment.read(platform.environ)
    source: SourceManifest = importlib.import_module(f"functions.providers.{environment.source}.source").MANIFEST
    verifier = verifier_of(source, environment, platform)
    metrics = Metrics(namespace="Hookline", service=source.identity)
    url = environment.public_url.rstrip("/") + f"/webhooks/{source.name}"

    @metrics.log_metrics
    def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
        """Answer one delivery. Without one, the alias that was invoked says who asks: IAM lets each invoke its own.

        An operator, without an alias, has a quarantined body read again: {"redrive": key}. The reconcile service has
        what it fetched published: {"fetched": [body, …], "by": listing}.
        """
        if "requestContext" not in request:
            return _asked(verifier, request, alias_of(context.invoked_function_arn))
        answer = verifier.receive(delivery_of(request, url))
        metrics.add_dimension(name="answer", value=_counted(answer))
        metrics.add_metric(name="Deliveries", unit=MetricUnit.Count, value=1)
        headers = {"Content-Type": answer.content_type, "X-Content-Type-Options": "nosniff"}
        if answer.status in (409, 503):
            headers["Retry-After"] = RETRY_AFTER  # some providers send again only if an answer says when
        return {"statusCode": answer.status, "headers": headers, "body": answer.body}

    return handler


def verifier_of(source: SourceManifest, environment: VerifierEnvironment, platform: Platform) -> Verifier:
    """The verifier of `source`."""

    def secrets(refresh: bool = False) -> dict[str, str]:
        """The source's secrets by their labels, without those that can verify nothing: they raise an alarm.

        Raises ConfigurationError if none is left.
        """
        found = labelled(platform.secret(environment.signing_secret, refresh), platform.clock())
        signing = {label: secret for label, secret in found.items() if label != VERIFY_TOKEN}
        usable, faults = usable_secrets(source.signature, signing, source.name)
        for fault in faults:
            log.error("a signing secret is malformed", reason=fault)
            with single_metric(SECRET_FAULTS, MetricUnit.Count, 1, namespace="Hookline") as metric:
                metric.add_dimension("service", source.identity)
        if not usable:
            raise ConfigurationError("; ".join(faults) or f"{source.name} has no signing secret")
        return {label: secret for label, secret in found.items() if label in usable or label == VERIFY_TOKEN}

    def minting_key() -> str:
        """The newest grant key."""
        return next(iter(labelled(platform.secret(environment.grant_key), platform.clock()).values()))

    translate = _part(source, "translate")
    dynamodb, sqs = platform.client("dynamodb"), platform.client("sqs")
    bodies = Bodies(platform.client("s3"), environment.bodies_bucket)
    audit = audit_of(platform, source.identity, environment)
    lists = PublishedLists(dynamodb, environment.deliveries_table)
    identity = source.reading.identity
    checks_addresses = source.addresses and environment.addresses != "unknown"
    return Verifier(
        builder=EventBuilder(
            source, translate.translate if translate else lambda _: None, environment.expects, environment.mode
        ),
        handshakes=_part(source, "handshake"),
        secrets=secrets,
        grant_key=minting_key,
        networks=Allowed(source, lists, platform.clock) if checks_addresses else lambda: None,
        bodies=bodies,
        outbox=Outbox(
            Claims(dynamodb, environment.deliveries_table, platform.new_id),
            bodies,
            Bus(platform.client("events"), environment.bus),
            Spill(sqs, environment.spill_queue_url),
            audit,
            platform.clock,
            permanent_claims=not signs_a_time(source.signature) and not isinstance(identity, BodyDigest),
        ),
        audit=audit,
        clock=platform.clock,
    )


def _asked(verifier: Verifier, request: dict[str, Any], alias: str) -> dict[str, Any]:
    """What another identity than the API asks. Raises Denied unless the alias is that of who may ask it."""
    if alias == RECONCILE and "fetched" in request:
        fetched = Fetched(verifier.builder, verifier.outbox, verifier.audit, verifier.clock, verifier.grant_key)
        return {"outcomes": [asdict(one) for one in fetched.ingest(request["fetched"], str(request["by"]))]}
    if alias == "" and "redrive" in request:
        return {"new": verifier.redrive(request["redrive"])}
    raise Denied(f"a verifier has no entrance {alias!r} for this request")


def _part(source: SourceManifest, name: str) -> ModuleType | None:
    """A module of the source's folder that not every source has."""
    module = f"functions.providers.{source.name}.{name}"
    return importlib.import_module(module) if find_spec(module) else None


def _counted(answer: Answer) -> str:
    return f"{answer.status} {answer.body}" if answer.status != 200 else "200"
