"""Ingress on the deployed local stack: a bus that rejects events, and what an operator can redrive and rotate."""

import base64
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from hookline.local.emulator import ACCOUNT, REGION
from hookline.local.generated_secrets import generate_secret
from hookline.local.stack import LocalStack
from hookline.operator import dead_letters, rotation, stored_secrets
from hookline.operator.secrets import of_source
from hookline.operator.send import post, register_charge
from hookline.operator.trail import Trail
from hookline.testing import fixtures
from hookline.testing.source_test import SourceTest
from hookline.validation.discovery import discover
from infra import naming

pytestmark = pytest.mark.local

Records = Callable[..., list[dict[str, Any]]]


@contextmanager
def denied(stack: LocalStack, role: str, action: str) -> Iterator[None]:
    """Deny one action to a role for a while: it stands for an outage of that service."""
    iam = stack.client("iam")
    statement = {"Effect": "Deny", "Action": action, "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName=naming.role(role, REGION), PolicyName="outage", PolicyDocument=policy)
    try:
        yield
    finally:
        iam.delete_role_policy(RoleName=naming.role(role, REGION), PolicyName="outage")


@pytest.fixture
def payment(stack: LocalStack) -> Callable[[], dict[str, Any]]:
    """Creates a payment that the sandbox has; returns Stripe's event about it."""

    def make() -> dict[str, Any]:
        event = json.loads(fixtures.load("stripe", "charge_succeeded__ordinary").fresh().body)
        register_charge(stack, event)
        return event

    return make


def deliver(stack: LocalStack, event: dict[str, Any]) -> tuple[int, str]:
    posted = post(stack, "stripe", json.dumps(event).encode())
    return posted.status, posted.word


def test_events_that_the_bus_rejects_are_spilled_and_drained_in_order(
    stack: LocalStack,
    payment: Callable[[], dict[str, Any]],
    records: Records,
    trail: Trail,
    eventually: Callable[..., Any],
) -> None:
    verifier, drain = naming.verifier("stripe"), naming.service("drain")
    events = [payment() for _ in range(3)]
    before = trail.length("service.drain")
    with denied(stack, drain, "events:PutEvents"):
        with denied(stack, verifier, "events:PutEvents"):
            assert [deliver(stack, event) for event in events] == [(200, "")] * 3
            assert deliver(stack, events[0]) == (200, "Duplicate")
        spilled = [records(event["id"], "webhook.stripe", "spilled") for event in events]
        assert not any(r["identity"] == "agent.fraud" for steps in spilled for r in steps)
    for event in events:
        records(event["id"], "agent.fraud", "published", "payment.approved")

    def drained() -> list[str]:
        return [r["event"] for r in trail.of_identity("service.drain", after=before) if r["kind"] == "drained"]

    eventually(lambda: len(drained()) >= len(events), "the drain's records")
    assert drained() == [f"stripe:{event['id']}" for event in events]


def test_a_delivery_that_bus_and_spill_queue_reject_gets_503_and_its_retry_is_new(
    stack: LocalStack, payment: Callable[[], dict[str, Any]], records: Records
) -> None:
    verifier, event = naming.verifier("stripe"), payment()
    with denied(stack, verifier, "events:PutEvents"):
        iam = stack.client("iam")
        statement = {"Effect": "Deny", "Action": "sqs:SendMessage", "Resource": f"*:{naming.SPILL_QUEUE}"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_role_policy(RoleName=naming.role(verifier, REGION), PolicyName="queue", PolicyDocument=policy)
        try:
            assert deliver(stack, event) == (503, "TryAgain")
        finally:
            iam.delete_role_policy(RoleName=naming.role(verifier, REGION), PolicyName="queue")
    assert deliver(stack, event) == (200, "")
    records(event["id"], "agent.fraud", "published", "payment.approved")


def test_every_bad_delivery_gets_its_documented_response(stack: LocalStack) -> None:
    manifest = discover().sources["stripe"]
    bench = SourceTest(manifest, f"{stack.url}/webhooks/stripe", stack.signing_secret("stripe"))
    wrong = [f"{t.name}: {t.got.status} {t.got.word}, not {t.status} {t.word}" for t in bench.trials() if not t.passed]
    assert wrong == []


def test_a_new_secret_is_valid_within_seconds_and_the_old_one_for_the_overlap(
    stack: LocalStack, payment: Callable[[], dict[str, Any]], records: Records, eventually: Callable[..., Any]
) -> None:
    stripe, new = of_source("stripe"), generate_secret(discover().sources["stripe"])
    before = stored_secrets.read(stack, stripe).text
    rotation.rotate(stack, stripe, new.verifies, time.time(), overlap=3600)
    signed_with = {}
    try:
        for secret in (new.signs, stack.signing_secret("stripe")):
            event = payment()
            body = json.dumps(event).encode()
            eventually(lambda s=secret, b=body: post(stack, "stripe", b, secret=s).status == 200, "a 200")
            steps = records(event["id"], "webhook.stripe", "published")
            signed_with[secret] = next(r["reason"] for r in steps if r["identity"] == "webhook.stripe")
    finally:
        stored_secrets.write(stack, stripe, before or "")
    assert len(set(signed_with.values())) == 2, "the audit trail names the secret"
    assert signed_with[stack.signing_secret("stripe")] == "signed with secret current"


def test_a_quarantined_delivery_is_listed_with_reason_and_redriven_when_readable(
    stack: LocalStack, payment: Callable[[], dict[str, Any]], records: Records
) -> None:
    event = payment()
    broken = {**event, "id": None}
    assert deliver(stack, broken) == (400, "UnreadableBody")
    (letter,) = [one for one in dead_letters.letters(stack) if one.reason.startswith("id is not a name")]
    assert dict(dead_letters.redrive(stack, letter.id))[letter.id].startswith("still unreadable")

    # As after a fix of the code: the object now has a body that the code can read.
    s3, bucket = stack.client("s3"), naming.bodies_bucket(ACCOUNT, REGION)
    kept = json.loads(s3.get_object(Bucket=bucket, Key=letter.id)["Body"].read())
    kept["body"] = base64.b64encode(json.dumps(event).encode()).decode()
    s3.put_object(Bucket=bucket, Key=letter.id, Body=json.dumps(kept).encode())
    assert dict(dead_letters.redrive(stack, letter.id)) == {letter.id: "1 new events"}
    records(event["id"], "agent.fraud", "published", "payment.approved")
    assert letter.id not in [one.id for one in dead_letters.letters(stack)]
