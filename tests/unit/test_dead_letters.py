"""What waits for an operator is listed with its reason, and gets another try where it came from."""

import boto3
import pytest
from click.testing import CliRunner
from moto import mock_aws

from hookline import dead_letters
from hookline.__main__ import hookline

QUEUES = ("hookline-agent-fraud", "hookline-spill.fifo")


class Account:
    """Clients of one moto account."""

    url = "https://example.com"

    def client(self, service: str):
        return boto3.client(service, region_name="us-east-1")


@pytest.fixture
def account(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        made = Account()
        sqs = made.client("sqs")
        for queue in (*QUEUES, "hookline-agent-fraud-dead-letters", "hookline-spill-dead-letters.fifo"):
            sqs.create_queue(QueueName=queue, Attributes={"FifoQueue": "true"} if queue.endswith(".fifo") else {})
        sqs.create_queue(QueueName="hookline-addresses-dead-letters")
        made.client("s3").create_bucket(Bucket="hookline-bodies-123456789012-us-east-1")
        yield made


def put(account, queue: str, body: str, **more) -> None:
    sqs = account.client("sqs")
    sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName=queue)["QueueUrl"], MessageBody=body, **more)


def bodies(account, queue: str) -> list[str]:
    sqs = account.client("sqs")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    return [message["Body"] for message in sqs.receive_message(QueueUrl=url).get("Messages", [])]


def test_everything_that_waits_goes_back_to_where_it_came_from(account):
    """Plain queues, queues that keep an order, and a queue of failures that has no queue behind it."""
    reason = {"reason": {"DataType": "String", "StringValue": "PermanentError: no"}}
    put(account, "hookline-addresses-dead-letters", '{"version": "1.0"}')
    put(account, "hookline-agent-fraud-dead-letters", '{"detail": {"id": "stripe:evt_1"}}', MessageAttributes=reason)
    put(account, "hookline-spill-dead-letters.fifo", "{}", MessageGroupId="webhook.stripe", MessageDeduplicationId="1")
    outcomes = sorted(outcome for _, outcome in dead_letters.redrive(account, None))
    assert outcomes == [
        "back in hookline-agent-fraud",
        "back in hookline-spill.fifo",
        "dropped: hookline-addresses runs again by itself",
    ]
    assert bodies(account, "hookline-agent-fraud") == ['{"detail": {"id": "stripe:evt_1"}}']
    assert bodies(account, "hookline-spill.fifo") == ["{}"]


def test_a_letter_is_listed_with_its_event_and_its_reason(account):
    """As its consumer said it."""
    reason = {"reason": {"DataType": "String", "StringValue": "PermanentError: no"}}
    put(account, "hookline-agent-fraud-dead-letters", '{"detail": {"id": "stripe:evt_1"}}', MessageAttributes=reason)
    (letter,) = dead_letters.letters(account)
    assert (letter.place, letter.event, letter.reason) == (
        "hookline-agent-fraud",
        "stripe:evt_1",
        "PermanentError: no",
    )


def test_a_letters_words_cannot_make_a_terminal_hide_others(account, monkeypatch):
    """An agent names its own events."""
    put(account, "hookline-agent-fraud-dead-letters", '{"detail": {"id": "agent.x:a:\\u001b[2A\\u001b[2K"}}')
    monkeypatch.setattr("hookline.account.account", lambda aws: account)
    output = CliRunner().invoke(hookline, ["dead-letters"], color=True).output
    assert ("agent.x:a:" in output, "\x1b" in output) == (True, False)
