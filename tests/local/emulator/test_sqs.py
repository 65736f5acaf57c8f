"""SQS: the sender of a message, dead-letter queues and FIFO queues."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from hookline.local.emulator import Emulator
from tests.local.emulator.actor import Actor
from tests.local.emulator.resources import allow, arn, create_queue, receive

pytestmark = pytest.mark.local


def test_a_message_names_the_role_and_function_that_sent_it(
    emulator: Emulator,
    make_actor: Callable[..., Actor],
    consumer: Actor,
    eventually: Callable[..., Any],
) -> None:
    url = create_queue(emulator, "audit")
    sender = make_actor("sender", allow("sqs:SendMessage", arn("sqs", "audit")))
    sender.calls("sqs", "send_message", QueueUrl=url, MessageBody="hello")
    [message] = receive(emulator, url)
    role = emulator.client("iam").get_role(RoleName="sender")["Role"]["RoleId"]
    assert message["Attributes"]["SenderId"] == f"{role}:sender"

    consumer.consumes("audit")
    sender.calls("sqs", "send_message_batch", QueueUrl=url, Entries=[{"Id": "1", "MessageBody": "sender"}])
    assert eventually(lambda: consumer.seen("audit"), "the message consumed") == [f"{role}:sender"]


def test_only_the_failed_message_is_retried_and_moved_to_the_dead_letter_queue(
    emulator: Emulator, consumer: Actor, eventually: Callable[..., Any]
) -> None:
    dead = create_queue(emulator, "work-dead")
    redrive = json.dumps({"deadLetterTargetArn": arn("sqs", "work-dead"), "maxReceiveCount": 2})
    work = create_queue(emulator, "work", VisibilityTimeout="2", RedrivePolicy=redrive)
    consumer.consumes("work")
    messages = [{"Id": str(n), "MessageBody": body} for n, body in enumerate(["good", "poison", "fine"])]
    emulator.client("sqs").send_message_batch(QueueUrl=work, Entries=messages)

    [letter] = eventually(lambda: receive(emulator, dead), "a message in the dead-letter queue")
    assert letter["Body"] == "poison"
    assert sorted(consumer.seen("work")) == ["fine", "good", "poison", "poison"]


def test_a_fifo_queue_keeps_each_groups_order_into_a_function(
    emulator: Emulator, consumer: Actor, eventually: Callable[..., Any]
) -> None:
    url = create_queue(emulator, "work.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    sent = [f"{group}{n}" for n in range(6) for group in "abc"]
    for body in sent:
        emulator.client("sqs").send_message(QueueUrl=url, MessageBody=body, MessageGroupId=body[0])
    consumer.consumes("work.fifo")

    eventually(lambda: len(consumer.seen("work.fifo")) >= len(sent), "every message consumed")
    for group in "abc":
        assert [body for body in consumer.seen("work.fifo") if body[0] == group] == [
            body for body in sent if body[0] == group
        ]
