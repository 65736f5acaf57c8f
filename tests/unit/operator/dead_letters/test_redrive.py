"""What waits gets another try where it came from, on record, and never with another sender than it had."""

import pytest

from hookline.operator import dead_letters
from hookline.operator.redrive_refusals import refusal
from infra import naming
from tests.unit.operator.dead_letters.queues import AUDIT_DEAD, SPILLED, bodies, put, put_in_order, put_letters, run


def test_everything_that_waits_goes_back_to_where_it_came_from(account, trail):
    """Plain queues, queues that keep an order, and a queue of failures that has no queue behind it."""
    reason = {"reason": {"DataType": "String", "StringValue": "PermanentError: no"}}
    put(account, "hookline-addresses-dead-letters", '{"version": "1.0"}')
    put(account, "hookline-agent-fraud-dead-letters", '{"detail": {"id": "stripe:evt_1"}}', MessageAttributes=reason)
    put(account, "hookline-spill-dead-letters.fifo", "{}", MessageGroupId="webhook.stripe", MessageDeduplicationId="1")
    outcomes = sorted(outcome for _, outcome in dead_letters.redrive(account, None))
    assert outcomes == [
        "back in queue hookline-agent-fraud",
        "back in queue hookline-spill.fifo",
        "deleted: hookline-addresses runs again on its schedule",
    ]
    assert bodies(account, "hookline-agent-fraud") == ['{"detail": {"id": "stripe:evt_1"}}']
    assert bodies(account, "hookline-spill.fifo") == ["{}"]


def test_another_try_is_on_record(account, trail):
    """From any caller: it may have effects."""
    put_letters(account, "stripe:evt_1")
    assert run("redrive", "--all").exit_code == 0
    (record,) = trail()
    assert (record["kind"], record["event"], record["correlation"]) == ("redriven", "stripe:evt_1", "stripe:evt_0")


def test_nothing_is_tried_again_that_is_not_on_record(account):
    """The audit queue is missing, so the letter stays where it is."""
    put_letters(account, "stripe:evt_1")
    assert run("redrive", "--all").exit_code == 1
    assert bodies(account, "hookline-agent-fraud") == []


def test_a_record_of_the_audit_trail_is_never_redriven(account, trail):
    """It would have another sender, so the recorder would put it on its own chain as forged. The others are."""
    account.client("sqs").create_queue(QueueName=AUDIT_DEAD)
    put(account, AUDIT_DEAD, '[{"identity": "webhook.stripe"}]')
    put_letters(account, "stripe:evt_1")
    (letter,) = dead_letters.of_agent(account, "hookline-audit-verifiers")
    for words in ([letter.id], ["--all"]):
        refused = run("redrive", *words)
        assert str(refused.exception).startswith(
            f"not redriven: {letter.id} of hookline-audit-verifiers: the recorder must"
        )
        assert ("back in queue hookline-agent-fraud" in refused.output) == (words == ["--all"])
    assert [one.id for one in dead_letters.of_agent(account, "hookline-audit-verifiers")] == [letter.id]
    assert [record["event"] for record in trail()] == ["stripe:evt_1"]


def test_a_spilled_event_that_the_drain_denied_is_never_redriven(account, trail):
    """From an operator the drain would accept it, and publish a forged event."""
    reason = "Denied: hookline-verifier-github spilled an event of webhook.stripe"
    attributes = {"reason": {"DataType": "String", "StringValue": reason}}
    put_in_order(account, "hookline-spill-dead-letters.fifo", SPILLED, MessageAttributes=attributes)
    refused = run("redrive", "--all")
    assert "a redrive would publish it" in str(refused.exception)
    assert (bodies(account, "hookline-spill.fifo"), trail()) == ([], [])


@pytest.mark.parametrize(
    ("sender", "refused"),
    [
        ("hookline-verifier-stripe", False),
        ("hookline-drain", False),
        ("ada@example.com", False),
        ("hookline-verifier-github", True),
        ("hookline-agent-fraud", True),
    ],
)
def test_a_spilled_event_is_redriven_only_if_the_drain_would_accept_its_sender(sender, refused):
    message = {"Body": SPILLED, "Attributes": {"SenderId": f"AROAEXAMPLE:{sender}"}}
    assert bool(refusal(naming.SPILL_QUEUE, message)) == refused


@pytest.mark.parametrize("body", ["no JSON", "[]", "{}", '{"Source": 1}', "[" * 100_000])
def test_a_spilled_message_that_is_no_event_is_refused_if_a_function_sent_it(body):
    message = {"Body": body, "Attributes": {"SenderId": "AROAEXAMPLE:hookline-agent-fraud"}}
    assert refusal(naming.SPILL_QUEUE, message)
