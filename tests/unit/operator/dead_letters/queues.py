"""The queues of dead letters, what is put into them, and the command."""

import json

import boto3
from click.testing import CliRunner

from hookline.__main__ import hookline
from hookline.operator import dead_letters

QUEUES = ("hookline-agent-fraud", "hookline-spill.fifo")


DEAD = "hookline-agent-fraud-dead-letters"


REASON = ("--reason", "a test of last week")


AUDIT_DEAD = "hookline-audit-verifiers-dead-letters"


SPILLED = json.dumps({"Source": "webhook.stripe", "DetailType": "payment.succeeded", "Detail": "{}"})


BODIES = "hookline-bodies-123456789012-us-east-1"


class Account:
    """Clients of one moto account."""

    url = "https://example.com"

    def client(self, service: str):
        return boto3.client(service, region_name="us-east-1")


def put(account, queue: str, body: str, **more) -> None:
    sqs = account.client("sqs")
    sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName=queue)["QueueUrl"], MessageBody=body, **more)


def put_in_order(account, queue, body, **more):
    put(account, queue, body, MessageGroupId="webhook.stripe", MessageDeduplicationId="1", **more)


def put_body(account, source, name, text='{"reason": "the body is not JSON"}'):
    account.client("s3").put_object(Bucket=BODIES, Key=f"unreadable/{source}/{name}.json", Body=text)


def bodies(account, queue: str) -> list[str]:
    sqs = account.client("sqs")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    return [message["Body"] for message in sqs.receive_message(QueueUrl=url).get("Messages", [])]


def run(*words, typed=""):
    return CliRunner().invoke(hookline, ["dead-letters", *words], input=typed)


def put_letters(account, *events):
    for event in events:
        detail = {"id": event, "correlationid": "stripe:evt_0"}
        put(account, DEAD, json.dumps({"detail": detail}))


def left(account):
    return sorted(json.loads(letter.text)["detail"]["id"] for letter in dead_letters.of_agent(account, "fraud"))
