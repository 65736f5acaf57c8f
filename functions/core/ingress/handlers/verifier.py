"""The verifier's Lambda handler: an HTTP API request (payload format 2.0) in, an answer out."""

from functions.core.platform import startup  # isort: skip - before anything else is loaded

import base64
import binascii
import importlib
import time
from functools import lru_cache
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit

from functions.core.audit.records import Audit, sqs_sender
from functions.core.events.bus import Bus
from functions.core.ingress.addresses import Networks, PublishedLists, networks
from functions.core.ingress.bodies import Bodies
from functions.core.ingress.builder import EventBuilder
from functions.core.ingress.claims import Claims
from functions.core.ingress.delivery import Delivery
from functions.core.ingress.outbox import Outbox, Spill
from functions.core.ingress.receive import Answer, Verifier
from functions.core.ingress.signatures.verify import check_secrets, signs_a_time
from functions.core.platform import aws
from functions.core.platform.environment import VerifierEnvironment
from functions.core.platform.secret_values import VERIFY_TOKEN, labelled

ENVIRONMENT = VerifierEnvironment.read()
SOURCE = importlib.import_module(f"functions.providers.{ENVIRONMENT.source}.source").MANIFEST
RETRY_AFTER = "5"
ADDRESS_SECONDS = 300  # how long a list of addresses is kept in memory
metrics = Metrics(namespace="Hookline", service=SOURCE.identity)


def part(name: str) -> ModuleType | None:
    """A module of the source's folder that not every source has."""
    module = f"functions.providers.{SOURCE.name}.{name}"
    return importlib.import_module(module) if find_spec(module) else None


def source_secrets(look_again: bool = False) -> dict[str, str]:
    """The source's secrets by their labels, checked: a blank one never verifies anything."""
    secrets = labelled(aws.secret(ENVIRONMENT.signing_secret, look_again), time.time())
    signing = [secret for label, secret in secrets.items() if label != VERIFY_TOKEN]
    check_secrets(SOURCE.signature, signing, SOURCE.name)
    return secrets


def minting_key() -> str:
    """The newest grant key."""
    return next(iter(labelled(aws.secret(ENVIRONMENT.grant_key), time.time()).values()))


def allowed() -> Networks | None:
    """Where deliveries may come from: the published list, the manifest's until there is one, None for anywhere."""
    if not SOURCE.addresses or ENVIRONMENT.addresses == "unknown":
        return None
    return _present_list(int(time.time() // ADDRESS_SECONDS))


@lru_cache(maxsize=1)
def _present_list(period: int) -> Networks:
    """The list in force, looked up once in each period."""
    kept = PublishedLists(aws.client("dynamodb"), ENVIRONMENT.deliveries_table).get(SOURCE.name)
    return kept or networks(SOURCE.addresses)


translate = part("translate")
bodies = Bodies(aws.client("s3"), ENVIRONMENT.bodies_bucket)
audit = Audit(SOURCE.identity, sqs_sender(aws.client("sqs"), ENVIRONMENT.audit_queue_url), time.time)
verifier = Verifier(
    builder=EventBuilder(SOURCE, translate.translate if translate else lambda _: None),
    greeter=part("handshake"),
    secrets=source_secrets,
    grant_key=minting_key,
    networks=allowed,
    bodies=bodies,
    outbox=Outbox(
        Claims(aws.client("dynamodb"), ENVIRONMENT.deliveries_table),
        bodies,
        Bus(aws.client("events"), ENVIRONMENT.bus),
        Spill(aws.client("sqs"), ENVIRONMENT.spill_queue_url),
        audit,
        time.time,
        claims_for_good=not signs_a_time(SOURCE.signature),
    ),
    audit=audit,
    clock=time.time,
)


startup.done()


@metrics.log_metrics
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one delivery; or, invoked by an operator with {"redrive": key}, read again what was set aside."""
    if "requestContext" not in request:
        return {"new": verifier.redrive(request["redrive"])}
    answer = verifier.receive(delivery_of(request))
    metrics.add_dimension(name="answer", value=_told(answer))
    metrics.add_metric(name="Deliveries", unit=MetricUnit.Count, value=1)
    headers = {"Content-Type": answer.content_type, "X-Content-Type-Options": "nosniff"}
    if answer.status in (409, 503):
        headers["Retry-After"] = RETRY_AFTER  # some providers come again only where they are told to
    return {"statusCode": answer.status, "headers": headers, "body": answer.body}


def delivery_of(request: dict[str, Any]) -> Delivery:
    """The delivery in a payload of format 2.0; only API Gateway's own word counts for the sender's address."""
    http = request["requestContext"]["http"]
    query = f"?{request['rawQueryString']}" if request.get("rawQueryString") else ""
    return Delivery(
        method=http["method"],
        url=ENVIRONMENT.public_url.rstrip("/") + f"/webhooks/{SOURCE.name}" + query,
        headers={name.lower(): value for name, value in request.get("headers", {}).items()},
        body=_body(request),
        address=http["sourceIp"],
    )


def _body(request: dict[str, Any]) -> bytes:
    text = request.get("body") or ""
    if not request.get("isBase64Encoded"):
        return text.encode()
    try:
        return base64.b64decode(text)
    except binascii.Error:
        return b""


def _told(answer: Answer) -> str:
    return f"{answer.status} {answer.body}" if answer.status != 200 else "200"
