"""Lambda: aliases and event source mappings."""

from collections.abc import Callable
from typing import Any

import pytest

from hookline.local.emulator import Emulator
from tests.local.emulator.actor import DENIED, Actor, Refused
from tests.local.emulator.resources import allow, arn, create_queue

pytestmark = pytest.mark.local


def test_a_caller_invokes_its_own_alias_only_and_the_function_reads_which(
    emulator: Emulator, make_actor: Callable[..., Actor]
) -> None:
    functions = emulator.client("lambda")
    connector = make_actor("connector", allow("sqs:ListQueues", "*")).name
    version = functions.publish_version(FunctionName=connector)["Version"]
    aliases = {
        name: functions.create_alias(FunctionName=connector, Name=name, FunctionVersion=version)["AliasArn"]
        for name in ("fraud", "triage")
    }
    caller = make_actor("caller", allow("lambda:InvokeFunction", aliases["fraud"]))

    answer = caller.calls("lambda", "invoke", FunctionName=aliases["fraud"], Payload="{}")
    assert answer["Payload"] == {"arn": aliases["fraud"]}
    # AWS rejects two qualifiers that differ; the emulator uses the ARN's, for the check and for the call.
    answer = caller.calls("lambda", "invoke", FunctionName=aliases["fraud"], Qualifier="triage", Payload="{}")
    assert answer["Payload"] == {"arn": aliases["fraud"]}
    for other in (aliases["triage"], connector):
        with pytest.raises(Refused, match=DENIED):
            caller.calls("lambda", "invoke", FunctionName=other, Payload="{}")


def test_a_disabled_event_source_mapping_receives_nothing_until_it_is_enabled(
    emulator: Emulator, consumer: Actor, eventually: Callable[..., Any]
) -> None:
    urls = {name: create_queue(emulator, name) for name in ("paused", "enabled")}
    for name in urls:
        consumer.consumes(name)
    lambda_, sqs = emulator.client("lambda"), emulator.client("sqs")
    (mapping,) = lambda_.list_event_source_mappings(EventSourceArn=arn("sqs", "paused"))["EventSourceMappings"]
    lambda_.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    # A message consumed from the other queue shows that the queues were polled in the meantime.
    for number in range(3):
        sqs.send_message(QueueUrl=urls["paused"], MessageBody=f"paused {number}")
        sqs.send_message(QueueUrl=urls["enabled"], MessageBody=f"enabled {number}")
        eventually(lambda n=number: f"enabled {n}" in consumer.seen("enabled"), "the message consumed")
    assert consumer.seen("paused") == []

    lambda_.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)
    eventually(
        lambda: sorted(consumer.seen("paused")) == ["paused 0", "paused 1", "paused 2"], "three messages consumed"
    )


@pytest.mark.parametrize(
    ("operation", "more"),
    [
        ("get_event_source_mapping", {}),
        ("update_event_source_mapping", {"Enabled": True}),
        ("delete_event_source_mapping", {}),
    ],
    ids=str,
)
def test_a_role_reads_and_changes_no_mapping_that_its_policy_does_not_name(
    emulator: Emulator, consumer: Actor, operation: str, more: dict
) -> None:
    name = f"mapped-{operation.partition('_')[0]}"
    create_queue(emulator, name)
    created = emulator.client("lambda").create_event_source_mapping(
        EventSourceArn=arn("sqs", name), FunctionName=consumer.name, Enabled=False
    )
    with pytest.raises(Refused, match=DENIED):
        consumer.calls("lambda", operation, UUID=created["UUID"], **more)
