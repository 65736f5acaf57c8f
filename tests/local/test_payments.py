"""The payments flow on the deployed local stack: no event is lost and no effect repeated, whatever is delivered."""

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from functions.core.audit import chain
from functions.core.events.event import child_id
from functions.core.gate.retry import TRIES
from functions.core.reviews.review import review_id
from functions.providers.stripe.sandbox.objects import charge, charge_succeeded_event
from hookline.demo.run import run_on
from hookline.local.stack import LocalStack
from hookline.operator.audit import causation
from hookline.operator.reviews import find, listed
from hookline.operator.send import Posted, post
from hookline.operator.trail import Trail
from hookline.validation.discovery import discover
from infra import naming
from tests.local.payments import effects_on, payment

pytestmark = pytest.mark.local

Pay = Callable[..., dict[str, Any]]
Records = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def pay(stack: LocalStack) -> Pay:
    """Creates a payment that the sandbox has; returns Stripe's event about it."""

    def make(**changes: Any) -> dict[str, Any]:
        return payment(stack, **changes)

    return make


def deliver(stack: LocalStack, event: Any, **how: Any) -> Posted:
    return post(stack, "stripe", json.dumps(event).encode(), **how)


@pytest.fixture
def faults(stack: LocalStack) -> Any:
    """Sets faults in the sandbox, and clears them after the test."""
    yield lambda **fault: stack.sandboxes.control("POST", "/_sandbox/faults", {"provider": "stripe", **fault})
    stack.sandboxes.control("DELETE", "/_sandbox/faults")


def test_an_ordinary_payment_is_approved_and_every_step_is_on_the_trail(
    stack: LocalStack, pay: Pay, records: Records
) -> None:
    event = pay()
    assert deliver(stack, event).status == 200
    found = records(event["id"], "agent.fraud", "published")
    # In the order of causation: the agent can receive the event before the verifier records that it is published.
    ordered = [step.record for step in causation.steps(f"stripe:{event['id']}", found) if step.record]
    assert [(r["identity"], r["kind"], r["action"]) for r in ordered if r["identity"] != "service.context"] == [
        ("webhook.stripe", "published", "payment.succeeded"),
        ("agent.fraud", "received", "payment.succeeded"),
        ("connector.stripe", "read", "stripe:charge.retrieve"),
        ("connector.context", "read", "context:timeline.read"),
        ("connector.stripe", "attempted", "stripe:review.approve"),
        ("connector.stripe", "effected", "stripe:review.approve"),
        ("agent.fraud", "decided", "payment.approved"),
        ("agent.fraud", "published", "payment.approved"),
    ]
    assert effects_on(stack, event) == ["review.approve"]


def test_the_audit_chains_of_every_identity_verify(stack: LocalStack, pay: Pay, records: Records, trail: Trail) -> None:
    event = pay()
    deliver(stack, event)
    identities = {record["identity"] for record in records(event["id"], "agent.fraud", "published")}
    assert {"webhook.stripe", "agent.fraud", "connector.stripe", "connector.context"} <= identities
    for identity in identities:
        assert chain.verify(trail.of_identity(identity)).seq > 0


def test_twenty_copies_at_once_make_one_event_and_one_effect(stack: LocalStack, pay: Pay, records: Records) -> None:
    event = pay()
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: deliver(stack, event), range(20)))
    assert {answer.status for answer in answers} <= {200, 409}
    assert [answer.word for answer in answers if answer.status == 200].count("") == 1
    steps = records(event["id"], "agent.fraud", "published")
    assert sum(r["kind"] == "published" and r["identity"] == "webhook.stripe" for r in steps) == 1
    assert effects_on(stack, event) == ["review.approve"]


@pytest.mark.parametrize(
    ("how", "word"),
    [
        ({"secret": "whsec_somebody_elses"}, "SignatureMismatch"),
        ({"signed": False}, "MissingSignature"),
        ({"age": 600}, "StaleTimestamp"),
        ({"age": -600}, "FutureTimestamp"),
    ],
)
def test_a_delivery_that_does_not_verify_gets_401_with_one_word_and_makes_no_event(
    stack: LocalStack, pay: Pay, trail: Trail, eventually: Callable[..., Any], how: dict[str, Any], word: str
) -> None:
    event, before = pay(), trail.length("webhook.stripe")
    answer = deliver(stack, event, **how)
    assert (answer.status, answer.word) == (401, word)
    digest = hashlib.sha256(json.dumps(event).encode()).hexdigest()

    def seen() -> list[str]:
        new = trail.of_identity("webhook.stripe", after=before)
        return [r["decision"] for r in new if r["kind"] == "rejected" and r["digests"] == {"body": digest}]

    assert eventually(seen, f"a record of the {word}") == [word]
    assert trail.of_correlation(f"stripe:{event['id']}") == []
    assert effects_on(stack, event) == []


def test_an_oversized_delivery_gets_413(stack: LocalStack, pay: Pay) -> None:
    event = pay()
    event["padding"] = "x" * discover().sources["stripe"].max_bytes
    assert deliver(stack, event).status == 413


def test_a_signed_body_that_does_not_parse_gets_400_and_is_quarantined(stack: LocalStack) -> None:
    own = secrets.token_hex(8)
    answer = deliver(stack, {"id": f"evt_{own}", "type": "charge.succeeded"})
    assert (answer.status, answer.word) == (400, "UnreadableBody")
    s3, bucket = stack.client("s3"), naming.bodies_bucket("000000000000", "us-east-1")
    kept = s3.list_objects_v2(Bucket=bucket, Prefix="unreadable/stripe/")["Contents"]
    bodies = [json.loads(s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read())["body"] for item in kept]
    assert base64.b64encode(json.dumps({"id": f"evt_{own}", "type": "charge.succeeded"}).encode()).decode() in bodies


def test_a_type_without_a_translation_is_published_as_unmapped(stack: LocalStack, pay: Pay, records: Records) -> None:
    event = pay() | {"type": "customer.tax_id.created"}
    assert deliver(stack, event).status == 200
    steps = records(event["id"], "service.context", "projected")
    assert {r["action"] for r in steps} == {"stripe.unmapped"}


def test_an_unusual_amount_is_held_for_review_without_an_effect(stack: LocalStack, pay: Pay, records: Records) -> None:
    customer = f"cus_{secrets.token_hex(8)}"
    for amount in (4100, 4300, 3900):
        ordinary = pay(customer=customer, amount=amount)
        deliver(stack, ordinary)
        records(ordinary["id"], "service.context", "projected", "payment.approved")
    event = pay(customer=customer, amount=900_000)
    deliver(stack, event)
    records(event["id"], "service.reviews", "asked")
    question = child_id(f"stripe:{event['id']}", "agent.fraud", "approval.required")
    review = find(stack, review_id(question))
    assert (review["status"], review["default"]) == ("open", "deny")
    assert review["action"]["arguments"] == {"review": event["data"]["object"]["review"]}
    assert effects_on(stack, event) == []


def test_a_short_failure_of_the_provider_delays_the_decision_and_repeats_no_effect(
    stack: LocalStack, pay: Pay, records: Records, faults: Callable[..., None]
) -> None:
    event = pay()
    path = f"/v1/reviews/{event['data']['object']['review']}/approve"
    # A gateway in front of Stripe responds so; Stripe itself saves a 500 under the idempotency key.
    fault = {"fault": "status", "status": 503, "times": TRIES, "saved": False}
    faults(match={"method": "POST", "path": path}, **fault)
    deliver(stack, event)
    steps = records(event["id"], "agent.fraud", "published")
    assert [r["kind"] for r in steps if r["identity"] == "agent.fraud"][:2] == ["received", "failed"]
    assert effects_on(stack, event) == ["review.approve"]


def test_a_read_that_fails_once_is_retried_without_the_agent(
    stack: LocalStack, pay: Pay, records: Records, faults: Callable[..., None]
) -> None:
    event = pay()
    path = f"/v1/charges/{event['data']['object']['id']}"
    faults(match={"method": "GET", "path": path}, fault="status", status=503, retry_after=1, times=1, saved=False)
    deliver(stack, event)
    steps = records(event["id"], "agent.fraud", "published")
    assert [r["kind"] for r in steps if r["identity"] == "agent.fraud"] == ["received", "decided", "published"]
    assert effects_on(stack, event) == ["review.approve"]


def test_an_effect_whose_response_is_lost_is_not_repeated(
    stack: LocalStack, pay: Pay, records: Records, faults: Callable[..., None]
) -> None:
    event = pay()
    path = f"/v1/reviews/{event['data']['object']['review']}/approve"
    # The tries before the last never arrive, the last one's response is lost: this invocation cannot know the effect.
    faults(match={"method": "POST", "path": path}, fault="reset", times=TRIES - 1)
    faults(match={"method": "POST", "path": path}, fault="after", times=1)
    deliver(stack, event)
    steps = records(event["id"], "agent.fraud", "published")
    assert "found at the provider" in [r["reason"] for r in steps if r["kind"] == "effected"]
    assert effects_on(stack, event) == ["review.approve"]


def test_an_event_that_cannot_succeed_is_dead_lettered_with_its_reason(
    stack: LocalStack, eventually: Callable[..., Any], messages: Callable[[str], list[dict[str, Any]]]
) -> None:
    own, now = secrets.token_hex(8), int(time.time())
    unknown = charge(
        f"ch_{own}",
        amount=1,
        currency="usd",
        customer=None,
        created=now,
        card_fingerprint="fp",
        country="US",
        risk_level="normal",
        risk_score=1,
    )
    deliver(stack, charge_succeeded_event(unknown, f"evt_{own}", now))  # Stripe's sandbox does not have the charge

    def dead() -> list[dict[str, Any]]:
        queue = f"{naming.agent('fraud')}-dead-letters"
        return [m for m in messages(queue) if m["detail"]["id"] == f"stripe:evt_{own}"]

    (letter,) = eventually(dead, "the event in the dead-letter queue")
    assert "resource_missing" in letter["MessageAttributes"]["reason"]["StringValue"]


def test_the_demos_day_loses_no_event_and_repeats_no_effect(
    stack: LocalStack, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_on(stack, "payments", once=False, as_json=True) == 0
    *lines, last = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    sent = [line for line in lines if line.get("decision", "") is None]
    outcomes = [line["outcome"] for line in sent]
    assert last["summary"] == {
        "sent": len(sent),
        "rejected": 3,
        "duplicates": 3,
        "handled": len(sent) - 6,
        "held": outcomes.count("held"),
        "approved_by_a_person": 1,
        "lost": 0,
        "duplicate_effects": 0,
        "failed_checks": 0,
    }
    accepted = [line for line in sent if line["event"]]
    assert len(accepted) == len(sent) - 6
    assert all(len(line["effects"]) == (line["outcome"] == "approved") for line in accepted)
    assert all("fraud" in line["agents"] and not line["failing"] for line in accepted)
    seeing = [line["outcome"] for line in sent if line["act"] == "Payments that a person must see"]
    assert seeing == ["held", "held", "approved"], "the unusual amount, the stolen card, and an ordinary payment"
    checks = [line["holds"] for line in lines if "check" in line]
    assert len(checks) == 3 and all(checks)
    (decided,) = [line for line in lines if line.get("decision")]
    review = approved_review(decided["effects"])
    theirs = stack.sandboxes.control("GET", "/_sandbox/stripe/state")["effects"]
    assert [effect["kind"] for effect in theirs if effect["id"] == review] == ["review.approve"]
    assert (decided["outcome"], decided["event"], decided["agents"]) == ("approved", "review.approved", ["fraud"])


def approved_review(effects: list[str]) -> str:
    """The review that the only effect is on."""
    (effect,) = effects
    operation, resource = effect.split()
    assert operation == "stripe:review.approve"
    return resource.partition("/")[2]


def test_the_demos_other_held_payments_stay_open_for_the_user(
    stack: LocalStack, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {review["id"] for review in listed(stack, everything=False)}
    assert run_on(stack, "payments", once=False, as_json=True) == 0
    held = json.loads(capsys.readouterr().out.splitlines()[-1])["summary"]["held"]
    opened = [review for review in listed(stack, everything=False) if review["id"] not in before]
    assert len(opened) == held - 1
