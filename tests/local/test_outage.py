"""A provider that is down, on the deployed local stack: its circuit breaker opens, events wait, all are handled."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hookline.local.stack import LocalStack
from hookline.operator.send import post
from hookline.operator.trail import Trail
from infra import naming
from tests.local.payments import payment

pytestmark = pytest.mark.local


@pytest.fixture
def stripe_is_down(stack: LocalStack) -> Iterator[None]:
    """Stripe responds 503, as a gateway in front of it does; until the end of the test at the latest."""
    fault = {"provider": "stripe", "fault": "status", "status": 503, "times": 1000, "saved": False}
    stack.sandboxes.control("POST", "/_sandbox/faults", fault)
    yield
    stack.sandboxes.control("DELETE", "/_sandbox/faults")


def test_events_wait_while_a_provider_is_down_and_are_handled_when_it_is_up(
    stack: LocalStack,
    stripe_is_down: None,
    trail: Trail,
    messages: Callable[[str], list[dict[str, Any]]],
    eventually: Callable[..., Any],
) -> None:
    dynamodb, before = stack.client("dynamodb"), trail.length("connector.stripe")

    def circuits() -> set[str]:
        rows = dynamodb.scan(TableName=naming.BREAKERS_TABLE)["Items"]
        return {row["state"]["S"] for row in rows if row["id"]["S"].startswith("stripe:")}

    def transitions() -> list[str]:
        new = trail.of_identity("connector.stripe", after=before)
        return [record["decision"] for record in new if record["kind"] == "circuit"]

    events = [payment(stack) for _ in range(6)]
    for event in events:
        assert post(stack, "stripe", json.dumps(event).encode()).status == 200
    eventually(lambda: "OPEN" in circuits(), "the circuit open")
    eventually(lambda: stopped_by_the_circuit(trail, events), "an event that meets the open circuit")
    stack.sandboxes.control("DELETE", "/_sandbox/faults")

    for event in events:
        eventually(lambda event=event: done(trail, event), f"{event['id']} handled", seconds=120)
    assert circuits() == {"CLOSED"}
    eventually(lambda: {"open", "half_open", "closed"} <= set(transitions()), "the circuit's moves on the trail")
    ids = {f"stripe:{event['id']}" for event in events}
    assert [m for m in messages(f"{naming.agent('fraud')}-dead-letters") if m["detail"]["id"] in ids] == []
    effects = stack.sandboxes.control("GET", "/_sandbox/stripe/state")["effects"]
    reviews = [event["data"]["object"]["review"] for event in events]
    assert sorted(e["id"] for e in effects if e["id"] in reviews) == sorted(reviews)


def stopped_by_the_circuit(trail: Trail, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The agent's records of events that met an open circuit breaker."""
    of_events = (record for event in events for record in trail.of_correlation(f"stripe:{event['id']}"))
    return [r for r in of_events if (r["identity"], r["decision"]) == ("agent.fraud", "CircuitOpen")]


def done(trail: Trail, event: dict[str, Any]) -> bool:
    steps = trail.of_correlation(f"stripe:{event['id']}")
    return any((r["identity"], r["kind"]) == ("agent.fraud", "published") for r in steps)
