"""An agent that an attacker controls can do no more than its grant, its policy and its budget allow.

Two agents follow every instruction in their events. The test makes every call that an attacker could think of from
inside them, with the credentials of their roles, and checks three things: the result that the agent receives, what
happens at the provider, and where the attempt is recorded. tests/local/hostile/attempts lists the attempts.

The test cannot show AWS's own part: here the emulator evaluates the permissions, in an account AWS does; and a process
on this machine is not as isolated as a Lambda function.
"""

from collections.abc import Callable
from typing import Any

import pytest

from functions.core.context.timeline import Timelines
from functions.core.events.event import child_id
from hookline.local.emulator import ACCOUNT
from hookline.local.stack import LocalStack
from hookline.operator.trail import Trail
from infra import naming
from tests.local.hostile.attacker import Attacker
from tests.local.hostile.attempt import FLOOD, PROVIDER, Attempt, World
from tests.local.hostile.attempts import every_attempt
from tests.local.hostile.instructions import instructed
from tests.local.hostile.records import not_on_record

pytestmark = pytest.mark.local


def test_no_attempt_of_a_hostile_agent_succeeds_and_each_is_on_record(
    attacker: Attacker,
    attackers_server: tuple[str, list[str]],
    stack: LocalStack,
    eventually: Callable[..., Any],
) -> None:
    url, received = attackers_server
    other, own = attacker.payment("charge.failed"), attacker.payment("charge.refunded")
    attacker.deliver(other)  # another customer's payment, which the agent does not subscribe to
    world = world_of(stack, attacker, own, other, url)
    redirect_reads(stack, world.charge, url)

    attempts = every_attempt(world)
    first = attacker.deliver(instructed(own, [(attempt.name, attempt.instruction) for attempt in attempts]))
    results = attacker.results(first)

    show(attempts, results)
    assert [(a.name, results[a.name]) for a in attempts if a.result not in results[a.name]] == []
    assert not_on_record(stack, attempts) == []
    assert attacker.refunds(world.charge) == [500]
    assert attacker.refunds(world.other_charge) == []
    sandbox = attacker.sandbox()
    assert [effect["kind"] for effect in sandbox["effects"]] == ["refund.create"]
    refused = [call["status"] for call in sandbox["calls"] if call["path"] == "/v1/refunds"].count(401)
    assert refused == [attempt.recorded for attempt in attempts].count(PROVIDER)
    assert received == ["what it knows"]
    woken = f"agent.accomplice woken {FLOOD} times by made-up trees, as docs/security.md admits"
    eventually(lambda: wakes(stack, "agent.accomplice", "made-up-") == FLOOD, woken)
    asked = child_id(first, "agent.hostile", "approval.required")
    assert attacker.recorded(first, "service.reviews", "asked", event=asked), "a person is asked"
    timelines = Timelines(stack.client("dynamodb"), naming.TIMELINES_TABLE)
    entries = timelines.read(f"stripe:customer/{world.other_customer}", 9)["entries"]
    assert [entry["id"] for entry in entries] == [world.other_event]


def world_of(
    stack: LocalStack, attacker: Attacker, own: dict[str, Any], other: dict[str, Any], attacker_url: str
) -> World:
    """What the attempts use, given the payment that wakes the agent, and another one."""
    charge, other_charge = own["data"]["object"], other["data"]["object"]
    event, other_event = f"stripe:{own['id']}", f"stripe:{other['id']}"
    mappings = stack.client("lambda").list_event_source_mappings(FunctionName=naming.agent("hostile"))
    return World(
        charge=charge["id"],
        customer=charge["customer"],
        other_charge=other_charge["id"],
        other_customer=other_charge["customer"],
        other_event=other_event,
        expired_grant=attacker.grant(event, f"stripe:charge/{charge['id']}", expires=-1),
        other_grant=attacker.grant(other_event, f"stripe:charge/{other_charge['id']}"),
        webhooks=f"{stack.url}/webhooks/stripe",
        stripe=stack.sandboxes.urls["stripe"],
        attacker_url=attacker_url,
        queues=f"{stack.emulator.endpoint}/{ACCOUNT}",
        mapping=mappings["EventSourceMappings"][0]["UUID"],
    )


def redirect_reads(stack: LocalStack, charge: str, location: str) -> None:
    """Have the sandbox redirect the next read of a charge."""
    match = {"method": "GET", "path": f"/v1/charges/{charge}"}
    fault = {"provider": "stripe", "fault": "redirect", "location": location, "match": match}
    stack.sandboxes.control("POST", "/_sandbox/faults", fault)


def wakes(stack: LocalStack, agent: str, prefix: str) -> int:
    """How many events have woken an agent whose correlation id starts with `prefix`."""
    records = Trail(stack.client("dynamodb")).of_identity(agent)
    return len([r for r in records if r["kind"] == "decided" and r["correlation"].startswith(prefix)])


def show(attempts: list[Attempt], results: dict[str, str]) -> None:
    """Print each attempt with its result and its record: `pytest -s` shows them."""
    for attempt in attempts:
        print(f"{attempt.name:75} | {results[attempt.name][:60]:60} | {attempt.recorded}")
