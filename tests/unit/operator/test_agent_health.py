"""An agent's health, from the last records of its chain and the counts of its queues."""

from types import SimpleNamespace

import pytest

from functions.core.audit.append import Chains
from hookline.operator import queue_counts, tails
from hookline.operator.agent_health import health, of_records
from hookline.operator.agent_removal import local_removal

QUEUE, DEAD = "hookline-agent-fraud", "hookline-agent-fraud-dead-letters"


def record(number, kind, event, **more):
    at = f"2026-09-21T12:{number // 60:02}:{number % 60:02}.000000Z"
    made = {"id": str(number), "at": at, "identity": "agent.fraud", "kind": kind, "event": event, "correlation": "c"}
    return made | more


def at(number):
    return record(number, "", "")["at"]


def test_an_agent_that_was_never_woken_has_no_records():
    """All is nothing, and no error."""
    found = of_records([])
    assert (found["handled"], found["failing"], found["since"]) == (0, 0, None)
    assert (found["last_decision"], found["last_error"], found["failing_since"]) == (None, None, None)


def test_events_are_handled_or_failing_by_their_last_end():
    """One that failed twice and is then decided is handled."""
    found = of_records(
        [
            record(1, "received", "a"),
            record(2, "failed", "a", decision="RetryableError", reason="slack is busy"),
            record(3, "failed", "b", decision="KeyError", reason="amount"),
            record(4, "decided", "a", decision="Done", action=""),
            record(5, "failed", "b", decision="KeyError", reason="amount"),
            record(6, "decided", "c", decision="Emit", action="payment.approved"),
            record(7, "published", "d"),
        ]
    )
    assert (found["handled"], found["failing"]) == (2, 1)
    assert found["failing_since"] == at(3)
    assert found["last_decision"]["action"] == "payment.approved"
    assert (found["last_error"]["at"], found["last_error"]["event"]) == (at(5), "b")
    assert (found["last_error"]["decision"], found["last_error"]["reason"]) == ("KeyError", "amount")
    assert found["since"] == at(1)


def test_an_event_that_fails_after_a_decision_is_failing_since_then():
    """A redrive, or a publication that the bus refuses."""
    found = of_records(
        [record(1, "failed", "a"), record(2, "decided", "a"), record(3, "failed", "a"), record(4, "failed", "a")]
    )
    assert (found["failing"], found["failing_since"]) == (1, at(3))


def test_several_decisions_on_one_event_are_one_event():
    """And a record that was appended twice counts once."""
    found = of_records([record(1, "decided", "a"), record(2, "decided", "a"), record(2, "decided", "a")])
    assert found["handled"] == 1


def test_a_message_that_was_no_event_is_an_error():
    """It has no event to name."""
    found = of_records([record(1, "rejected", "", decision="PermanentError", reason="no event")])
    assert (found["last_error"]["reason"], found["failing"]) == ("no event", 0)


@pytest.fixture
def account(dynamodb, audit_tables, moto_client):
    """An account with the agent's queues and chain."""
    for name in (QUEUE, DEAD):
        moto_client("sqs").create_queue(QueueName=name)
    return SimpleNamespace(client=moto_client, chains=Chains(dynamodb, audit_tables))


def send(account, queue, number):
    sqs = account.client("sqs")
    for _ in range(number):
        sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName=queue)["QueueUrl"], MessageBody="{}")


def test_health_is_of_the_queues_and_the_last_records(account, monkeypatch):
    """Older ones are not read, and `since` says so."""
    monkeypatch.setattr(tails, "LATEST", 3)
    for number in range(1, 6):
        account.chains.append("agent.fraud", [record(number, "decided", f"e{number}")])
    found = health(account, "fraud", 2, 1)
    assert (found["waiting"], found["dead_letters"]) == (2, 1)
    assert (found["handled"], found["since"]) == (3, at(3))


def test_the_queues_of_several_agents_are_looked_up_together(account, moto_client, monkeypatch):
    """Each agent has its own counts, and the queues fill several answers of SQS."""
    for name in ("hookline-agent-notifier", "hookline-agent-notifier-dead-letters", "hookline-context"):
        moto_client("sqs").create_queue(QueueName=name)
    send(account, QUEUE, 2)
    send(account, DEAD, 1)
    send(account, "hookline-agent-notifier", 3)
    monkeypatch.setattr(queue_counts, "MOST_LISTED", 1)
    assert queue_counts.of_agents(account, ["notifier", "gone", "fraud"]) == {"notifier": (3, 0), "fraud": (2, 1)}


@pytest.mark.parametrize(
    ("waiting", "dead", "said"),
    [
        (0, 0, "Nothing waits for it"),
        (2, 1, "Events waiting 2, dead letters 1: let it handle them first"),
        (0, 1, "'hookline up --discard-waiting' deletes them"),
    ],
)
def test_removing_a_local_agent_says_how_and_what_waits(account, monkeypatch, waiting, dead, said):
    """And both ways out."""
    monkeypatch.setattr("hookline.operator.agent_removal.DeployedAgent.status", lambda self: None)
    send(account, QUEUE, waiting)
    send(account, DEAD, dead)
    how = local_removal(account, "fraud")
    assert how.startswith("on the local stack, delete functions/agents/fraud and run 'hookline up'")
    assert said in how
