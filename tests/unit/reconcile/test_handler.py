"""The reconcile service as deployed: a connector lists, the table knows, a verifier publishes."""

import io
import json
from dataclasses import replace

import pytest

from functions.core.ingress.claims import Claims
from functions.core.platform.environment import ReconcileEnvironment
from functions.core.platform.errors import PermanentError, RetryableError
from functions.core.platform.times import rfc3339

HANDLER = "functions.core.reconcile.handlers.reconcile"
ENVIRONMENT = ReconcileEnvironment(
    audit_queue_url="audit",
    deliveries_table="deliveries",
    sources="stripe",
    connectors_arn="connector-{connector}:service-reconcile",
    verifiers_arn="verifier-{connector}:service-reconcile",
)


class Lambda:
    """Stripe's connector lists `events`; its verifier says `outcome` of each."""

    def __init__(self) -> None:
        self.events: list[dict] = []
        self.outcome = {"outcome": "published", "reason": ""}
        self.refuses: dict | None = None
        self.asked: list[tuple[str, dict]] = []

    def invoke(self, FunctionName: str, Payload: str) -> dict:
        payload = json.loads(Payload)
        self.asked.append((FunctionName, payload))
        if FunctionName.startswith("connector"):
            answer = self.refuses or {"result": {"object": "list", "data": self.events, "has_more": False}}
        else:
            answer = {"outcomes": [self.outcome for _ in payload["fetched"]]}
        return {"Payload": io.BytesIO(json.dumps(answer).encode())}


@pytest.fixture
def aws() -> Lambda:
    return Lambda()


@pytest.fixture
def service(start, dynamodb, table, sqs, aws, lambda_context):
    """Invokes the service."""
    table("deliveries")
    lambda_context.get_remaining_time_in_millis = lambda: 300_000
    handler = start(HANDLER, ENVIRONMENT, dynamodb=dynamodb, sqs=sqs, **{"lambda": aws})
    return lambda **payload: handler({"source": "stripe", **payload}, lambda_context)


def event(number: int, clock) -> dict:
    return {"id": f"evt_{number}", "type": "customer.created", "created": int(clock.now) - 700 - number}


def test_what_is_missing_is_published_and_the_rest_is_left_alone(service, aws, dynamodb, clock, new_id, sqs):
    """The verifier learns which listing returned it."""
    claims = Claims(dynamodb, "deliveries", new_id)
    claims.claim("stripe:evt_1", clock.now)
    claims.published("stripe:evt_1")
    aws.events = [event(1, clock), event(2, clock)]
    said = service()
    assert (said["lost"], said["whole"], said["report"]["arrived"]) == (0, True, 1)
    assert aws.asked == [
        ("connector-stripe:service-reconcile", {"listing": "event.list", "arguments": {}}),
        ("verifier-stripe:service-reconcile", {"fetched": [event(2, clock)], "by": "stripe:event.list"}),
    ]
    (record,) = sqs.audited
    assert (record["kind"], record["resource"], record["decision"]) == ("reconciled", "webhook.stripe", "whole")
    assert record["reason"] == "2 listed, 1 arrived, 1 published, 0 lost"


def test_a_dry_run_asks_no_verifier_and_keeps_no_mark(service, aws, dynamodb, clock):
    aws.events = [event(1, clock)]
    assert service(dry=True)["lost"] == 1
    assert [name for name, _ in aws.asked] == ["connector-stripe:service-reconcile"]
    assert dynamodb.scan(TableName="deliveries")["Items"] == []


def test_a_scheduled_run_that_is_not_whole_fails_so_that_an_alarm_fires(service, aws, clock):
    """An operator's is answered."""
    aws.events, aws.outcome = [event(1, clock)], {"outcome": "unreadable", "reason": "no amount"}
    assert service()["report"]["missing"][0]["reason"] == "no amount"
    with pytest.raises(RetryableError, match="stripe: 1 listed, 0 arrived, 0 published, 1 lost"):
        service(scheduled=True)


def test_a_connector_that_refuses_is_told_and_nothing_counts_as_arrived(service, aws):
    aws.refuses = {"error": {"kind": "CircuitOpen", "message": "the circuit is open"}}
    said = service()
    assert (said["whole"], said["report"]["stopped"]) == (False, "connector stripe: the circuit is open")


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        ({"source": "github"}, "knows no source"),
        ({"source": None}, "knows no source"),
        ({"since": "yesterday"}, "since is not a number"),
        ({"since": True}, "since is not a number"),
        ({"seconds": "all"}, "seconds is not a number"),
        ({"since": 0}, "the last 696 hours only"),
    ],
)
def test_a_request_that_it_cannot_serve_is_answered_with_words(service, payload, why):
    """On a schedule it fails, for the alarm."""
    assert why in service(**payload)["error"]
    with pytest.raises(PermanentError, match=why):
        service(**payload, scheduled=True)


def test_a_provider_that_delivers_again_is_asked_and_its_mark_waits_for_the_delivery(
    start, aws, dynamodb, table, sqs, clock, lambda_context, monkeypatch
):
    """By its connector's alias; no verifier is asked to publish anything."""
    attempt = {"id": 7, "guid": "g-1", "status_code": 502, "event": "push", "delivered_at": rfc3339(clock.now - 600)}
    asked = []

    def invoke(FunctionName: str, Payload: str) -> dict:
        asked.append((FunctionName, json.loads(Payload)))
        return {"Payload": io.BytesIO(json.dumps({"result": {"items": [attempt], "after": ""}}).encode())}

    monkeypatch.setattr(aws, "invoke", invoke)
    table("deliveries")
    lambda_context.get_remaining_time_in_millis = lambda: 300_000
    environment = replace(ENVIRONMENT, sources="github")
    handler = start(HANDLER, environment, dynamodb=dynamodb, sqs=sqs, **{"lambda": aws})
    said = handler({"source": "github"}, lambda_context)
    (missing,) = said["report"]["missing"]
    assert (missing["id"], missing["outcome"], said["lost"], said["whole"]) == (
        *("github:g-1/push", "redelivered"),
        *(0, True),
    )
    assert asked == [
        ("connector-github:service-reconcile", {"listing": "hook.deliveries", "arguments": {}}),
        ("connector-github:service-reconcile", {"listing": "hook.redeliver", "arguments": {"delivery": 7}}),
    ]
    (kept,) = dynamodb.scan(TableName="deliveries")["Items"]
    assert "until" not in kept and kept["whole"]["BOOL"]
    attempt |= {"status_code": 200}
    assert handler({"source": "github", "scheduled": True}, lambda_context)["report"]["arrived"] == 1
    (kept,) = dynamodb.scan(TableName="deliveries")["Items"]
    assert float(kept["until"]["N"]) == pytest.approx(clock.now - 120)
