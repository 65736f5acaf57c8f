"""What the commands show of the deployed stack and send to it: sandboxes, own bodies, refusals, agents' health."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from hookline.__main__ import hookline
from hookline.local.stack import LocalStack
from hookline.operator.trail import Trail

pytestmark = pytest.mark.local

Command = Callable[..., Result]
CHARGE = ("stripe", "charge_succeeded__ordinary")


@pytest.fixture
def command(stack: LocalStack, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs `hookline` on this stack."""
    monkeypatch.setattr("hookline.local.stack.find", lambda: stack)
    return lambda *words, **more: CliRunner().invoke(hookline, words, catch_exceptions=False, **more)


def test_every_destination_is_bound_by_the_sandbox_and_said(stack: LocalStack) -> None:
    """Nothing was configured."""
    said = [str(one) for one in stack.bindings]
    assert "destination reviews of notifier is bound to slack:channel/C0SANDBOX01, by its sandbox" in said
    assert all(one.endswith(", by its sandbox") for one in said)


def test_a_changed_fixture_is_handled_and_the_sandbox_shows_its_effect(
    command: Command, eventually: Callable[..., Any], records: Callable[..., list[dict[str, Any]]]
) -> None:
    """From the event's id that was printed to the request that the connector made."""
    sent = command("send", *CHARGE, "--set", "data.object.description=from a test")
    status, word, event = sent.output.split()
    assert (status, word) == ("200", "accepted")
    records(event.removeprefix("stripe:"), "agent.fraud", "decided")

    def requests() -> list[dict[str, Any]]:
        found = json.loads(command("sandbox", "stripe", "--json").output)["requests"]
        return [one for one in found if one["operation"] == "review.approve"]

    approved = eventually(requests, "the connector's request at Stripe's sandbox")
    assert approved[-1]["status"] == 200
    rows = json.loads(command("sandbox", "--json").output)["sandboxes"]
    assert next(row for row in rows if row["sandbox"] == "stripe")["effects"] >= 1


def test_copies_that_are_sent_at_once_are_one_event(command: Command, trail: Trail) -> None:
    """Each answer says so: accepted, a duplicate, or still in flight."""
    sent = command("send", *CHARGE, "--times", "8", "--concurrency", "4")
    lines = [line.split() for line in sent.output.splitlines() if not line.startswith("  ")]
    assert len(lines) == 8
    assert len({line[2] for line in lines}) == 1
    published = [one for one in trail.of_correlation(lines[0][2]) if one["kind"] == "published"]
    assert len([one for one in published if one["identity"] == "webhook.stripe"]) <= 1
    assert {line[1] for line in lines} <= {"accepted", "Duplicate", "DeliveryInFlight"}
    assert [line[1] for line in lines].count("accepted") == 1


def test_an_own_body_that_is_not_valid_is_sent_with_the_reason_of_its_refusal(command: Command, tmp_path: Path) -> None:
    """From the audit trail; before it is sent, the command says that it is not valid."""
    body = tmp_path / "body"
    body.write_bytes(b'{"not": "an event"}')
    sent = command("send", "stripe", "--data", str(body))
    assert "note: it is not what stripe sends: " in sent.stderr
    first, *reasons = sent.stdout.splitlines()
    assert first.split() == ["400", "UnreadableBody", "no", "event"]
    assert any("webhook.stripe quarantined an unreadable delivery" in reason for reason in reasons)
    assert any(reason.startswith("  webhook.stripe rejected a delivery: UnreadableBody") for reason in reasons)


def test_the_health_of_an_agent_is_that_of_its_chain_and_its_queues(command: Command, trail: Trail) -> None:
    """After the events of the tests above."""
    rows = {row["agent"]: row for row in json.loads(command("agents", "--json").output)["agents"]}
    health = rows["fraud"]["health"]
    decided = [record for record in trail.of_identity("agent.fraud") if record["kind"] == "decided"]
    assert 1 <= health["handled"] <= len(decided)
    assert health["last_decision"]["event"] == decided[-1]["event"]
    assert rows["fraud"]["state"] == "running"
    assert "fraud, by its records since" in command("agents").output


def test_an_unknown_agent_on_a_stack_gets_the_nearest(command: Command) -> None:
    """And one that is there says how it is removed here."""
    assert "did you mean fraud?" in str(CliRunner().invoke(hookline, ["agents", "suspend", "frod"]).exception)
    said = str(CliRunner().invoke(hookline, ["agents", "remove", "fraud"]).exception)
    assert said.startswith("on the local stack, delete functions/agents/fraud and run 'hookline up'")
