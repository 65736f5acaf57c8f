"""A moto account with queues, and what operators put on record."""

import json

import pytest
from moto import mock_aws

from infra import naming
from tests.unit.operator.dead_letters.queues import QUEUES, Account


@pytest.fixture
def account(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        made = Account()
        monkeypatch.setattr("hookline.operator.account.account", lambda aws: made)
        sqs = made.client("sqs")
        for queue in (*QUEUES, "hookline-agent-fraud-dead-letters", "hookline-spill-dead-letters.fifo"):
            sqs.create_queue(QueueName=queue, Attributes={"FifoQueue": "true"} if queue.endswith(".fifo") else {})
        sqs.create_queue(QueueName="hookline-addresses-dead-letters")
        made.client("s3").create_bucket(Bucket="hookline-bodies-123456789012-us-east-1")
        yield made


@pytest.fixture
def trail(account):
    """What operators do goes there; gives the records so far, each with its kind, its resource and its reason."""
    url = account.client("sqs").create_queue(QueueName=naming.audit_queue("operator"))["QueueUrl"]

    def records():
        answer = account.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        return [record for message in answer.get("Messages", []) for record in json.loads(message["Body"])]

    return records
