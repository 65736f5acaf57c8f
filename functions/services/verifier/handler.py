"""The verifier's Lambda handler: an HTTP API request (payload format 2.0) in, an answer out."""

import base64
import binascii
import importlib
import time
from typing import Any

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit

from functions.core import aws
from functions.core.audit import Audit, sqs_sender
from functions.core.bus import Bus
from functions.core.environment import VerifierEnvironment
from functions.core.secret_values import labelled
from functions.core.signatures import check_secrets
from functions.services.verifier.bodies import Bodies
from functions.services.verifier.claims import Claims
from functions.services.verifier.receive import Delivery, Verifier
from functions.taxonomy import catalogue

ENVIRONMENT = VerifierEnvironment.read()
SOURCE = importlib.import_module(f"functions.sources.{ENVIRONMENT.source}.manifest").MANIFEST
metrics = Metrics(namespace="Hookline", service=SOURCE.identity)


def signing_secrets() -> dict[str, str]:
    """The source's secrets by their labels, checked: a blank one never verifies anything."""
    secrets = labelled(aws.secret(ENVIRONMENT.signing_secret))
    check_secrets(SOURCE.name, list(secrets.values()))
    return secrets


def minting_key() -> str:
    """The newest grant key."""
    return next(iter(labelled(aws.secret(ENVIRONMENT.grant_key)).values()))


verifier = Verifier(
    SOURCE,
    translator=importlib.import_module(f"functions.sources.{SOURCE.name}.translate"),
    check=catalogue.check,
    schema=catalogue.schema,
    secrets=signing_secrets,
    grant_key=minting_key,
    claims=Claims(aws.client("dynamodb"), ENVIRONMENT.deliveries_table),
    bodies=Bodies(aws.client("s3"), ENVIRONMENT.bodies_bucket),
    bus=Bus(aws.client("events"), ENVIRONMENT.bus),
    audit=Audit(SOURCE.identity, sqs_sender(aws.client("sqs"), ENVIRONMENT.audit_queue_url), time.time),
    clock=time.time,
)


@metrics.log_metrics
def handler(request: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one delivery."""
    answer = verifier.receive(delivery_of(request))
    metrics.add_dimension(name="answer", value=f"{answer.status}{answer.word and ' ' + answer.word}")
    metrics.add_metric(name="Deliveries", unit=MetricUnit.Count, value=1)
    return {"statusCode": answer.status, "headers": {"Content-Type": "text/plain"}, "body": answer.word}


def delivery_of(request: dict[str, Any]) -> Delivery:
    """The delivery in a payload of format 2.0; only API Gateway's own word counts for the sender's address."""
    http = request["requestContext"]["http"]
    query = f"?{request['rawQueryString']}" if request.get("rawQueryString") else ""
    return Delivery(
        method=http["method"],
        url=ENVIRONMENT.public_url.rstrip("/") + request["rawPath"] + query,
        headers=request.get("headers", {}),
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
