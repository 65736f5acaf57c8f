"""What the local stack relies on in the emulator, so that an upgrade of it says what changed.

Each test states a behaviour of AWS. Where the emulator is known to differ, the test says so and holds the
difference, for the day when it goes away.
"""

import base64
import http.client
import io
import json
import os
import signal
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from hookline.local.emulator import (
    ACCOUNT,
    HOST,
    REGION,
    Emulator,
    PortTaken,
    find,
    process_started,
    record,
    start,
)

pytestmark = pytest.mark.local

DENIED = "AccessDeniedException"

# One function for every role: it calls what it is told to, consumes queues, and echoes HTTP requests.
HANDLER = """
import functools, json, os
import boto3
from botocore.exceptions import ClientError

client = functools.cache(boto3.client)

def handler(event, context):
    if "Records" in event:
        return consume(event["Records"])
    if "requestContext" in event:
        return {"statusCode": 200, "body": json.dumps(event)}
    if "tell" in event:
        return client("sqs").send_message(QueueUrl=os.environ["TELL"], MessageBody=context.invoked_function_arn)
    if "operation" not in event:
        return {"arn": context.invoked_function_arn}
    try:
        answer = getattr(client(event["service"]), event["operation"])(**event["parameters"])
    except ClientError as error:
        return {"error": error.response["Error"]["Code"]}
    if "Payload" in answer:
        answer["Payload"] = json.loads(answer["Payload"].read())
    return {"answer": json.loads(json.dumps(answer, default=str))}

def consume(records):
    rows = client("dynamodb")
    failed = []
    for record in records:
        rows.update_item(
            TableName=os.environ["SEEN"], Key={"pk": {"S": record["eventSourceARN"]}},
            UpdateExpression="SET seen = list_append(if_not_exists(seen, :none), :one)",
            ExpressionAttributeValues={":none": {"L": []}, ":one": {"L": [{"S": noted(record)}]}})
        if record["body"] == "poison":
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}

def noted(record):
    return record["attributes"]["SenderId"] if record["body"] == "sender" else record["body"]
"""


def arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


def allow(action: str | list[str], resource: str, condition: dict | None = None) -> dict:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    return {**statement, "Condition": condition} if condition else statement


def policy(*statements: dict) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def eventually(look: Callable[[], Any], seconds: float = 15) -> Any:
    """What `look` returns once it is truthy; fails when it is not so within `seconds`."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.05)
    return found


def send(emulator: Emulator, path: str, body: bytes | str, headers: dict[str, str]) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(HOST, emulator.port, timeout=20)
    try:
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@dataclass(frozen=True)
class Actor:
    """A function under a role of its own, told what to call."""

    emulator: Emulator
    name: str

    def calls(self, service: str, operation: str, **parameters: Any) -> dict:
        """The answer of a call made under the role, or raises `Refused` with the error's code."""
        told = {"service": service, "operation": operation, "parameters": parameters}
        answer = self.emulator.client("lambda").invoke(FunctionName=self.name, Payload=json.dumps(told))
        said = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, said
        if "error" in said:
            raise Refused(said["error"])
        return said["answer"]


class Refused(Exception):
    """The emulator's error code for a call under a role."""


@pytest.fixture(scope="session")
def package() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.py", HANDLER)
    return packed.getvalue()


@pytest.fixture(scope="session")
def make_actor(emulator: Emulator, package: bytes) -> Callable[..., Actor]:
    def make(name: str, *statements: dict, boundary: str | None = None, **environment: str) -> Actor:
        role = create_role(emulator, name, *statements, boundary=boundary)
        emulator.client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=role,
            Handler="index.handler",
            Timeout=20,
            Code={"ZipFile": package},
            Environment={"Variables": environment},
        )
        return Actor(emulator, name)

    return make


def create_role(emulator: Emulator, name: str, *statements: dict, boundary: str | None = None) -> str:
    iam = emulator.client("iam")
    limits = {"PermissionsBoundary": boundary} if boundary else {}
    trusted = {"Service": "lambda.amazonaws.com", "AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    trust = {"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"}
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(trust), **limits)["Role"]
    iam.put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=policy(*statements))
    return role["Arn"]


def create_table(emulator: Emulator, name: str, key: str = "pk", **more: Any) -> None:
    attributes = [{"AttributeName": key, "AttributeType": "S"}, *more.pop("attributes", [])]
    emulator.client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=attributes,
        KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
        **more,
    )


def create_queue(emulator: Emulator, name: str, **attributes: str) -> str:
    return emulator.client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]


def receive(emulator: Emulator, url: str, wait: int = 10) -> list[dict]:
    return (
        emulator.client("sqs")
        .receive_message(QueueUrl=url, WaitTimeSeconds=wait, MaxNumberOfMessages=10, AttributeNames=["All"])
        .get("Messages", [])
    )


@pytest.fixture(scope="module")
def consumer(emulator: Emulator, make_actor: Callable[..., Actor]) -> Actor:
    create_table(emulator, "seen")
    reads = allow(["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], "*")
    writes = allow(["dynamodb:UpdateItem", "dynamodb:GetItem"], arn("dynamodb", "table/seen"))
    made = make_actor("consumer", reads, writes, SEEN="seen")
    # Warm: a cold start longer than a queue's visibility timeout would deliver its messages twice.
    made.calls("dynamodb", "get_item", TableName="seen", Key={"pk": {"S": "nothing"}})
    return made


def connect(emulator: Emulator, queue: str, consumer: Actor) -> None:
    emulator.client("lambda").create_event_source_mapping(
        EventSourceArn=arn("sqs", queue),
        FunctionName=consumer.name,
        BatchSize=10,
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )


def seen(emulator: Emulator, queue: str) -> list[str]:
    key = {"pk": {"S": arn("sqs", queue)}}
    item = emulator.client("dynamodb").get_item(TableName="seen", Key=key, ConsistentRead=True).get("Item", {})
    return [one["S"] for one in item.get("seen", {"L": []})["L"]]


# conditions


def entry(source: str, detail_type: str, bus: str) -> dict:
    return {"Source": source, "DetailType": detail_type, "Detail": "{}", "EventBusName": bus}


@pytest.fixture(scope="module")
def publisher(emulator: Emulator, make_actor: Callable[..., Actor]) -> Actor:
    for bus in ("spoken", "other"):
        emulator.client("events").create_event_bus(Name=bus)
    may = {
        "StringEquals": {"events:source": "agent.fraud"},
        "ForAllValues:StringEquals": {"events:detail-type": ["payment.approved", "payment.held"]},
        "Null": {"events:detail-type": "false"},
    }
    return make_actor("publisher", allow("events:PutEvents", arn("events", "event-bus/spoken"), may))


def test_a_role_publishes_its_own_source_and_detail_types(publisher: Actor) -> None:
    said = [entry("agent.fraud", kind, "spoken") for kind in ("payment.approved", "payment.held")]
    assert publisher.calls("events", "put_events", Entries=said)["FailedEntryCount"] == 0


@pytest.mark.parametrize(
    "wrong",
    [
        entry("webhook.stripe", "payment.approved", "spoken"),
        entry("agent.fraud", "payment.refunded", "spoken"),
        entry("agent.fraud", "payment.approved", "other"),
        {"Detail": "{}", "EventBusName": "spoken"},
    ],
    ids=["source", "detail-type", "bus", "neither named"],
)
def test_one_entry_that_is_not_allowed_denies_the_whole_call(publisher: Actor, wrong: dict) -> None:
    with pytest.raises(Refused, match=DENIED):
        publisher.calls("events", "put_events", Entries=[entry("agent.fraud", "payment.held", "spoken"), wrong])


@pytest.fixture(scope="module")
def tenant(emulator: Emulator, make_actor: Callable[..., Actor]) -> Actor:
    by_kind = {
        "IndexName": "by-kind",
        "Projection": {"ProjectionType": "ALL"},
        "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
    }
    create_table(
        emulator,
        "rows",
        key="owner",
        GlobalSecondaryIndexes=[by_kind],
        attributes=[{"AttributeName": "kind", "AttributeType": "S"}],
    )
    create_table(emulator, "ledger")
    mine = {
        "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["mine", "ours"]},
        "Null": {"dynamodb:LeadingKeys": "false"},
    }
    return make_actor(
        "tenant",
        allow("dynamodb:*", arn("dynamodb", "table/rows*"), mine),
        allow("dynamodb:*", arn("dynamodb", "table/ledger"), mine),
    )


def row_requests(owner: str) -> dict[str, dict]:
    """Every way to name a row, each beside one that is allowed where the request can carry several."""
    key, named = {"owner": {"S": owner}}, {"TableName": "rows"}
    several = [{"owner": {"S": "ours"}}, key]
    value = {":o": {"S": owner}}
    return {
        "get_item": {**named, "Key": key},
        "put_item": {**named, "Item": {**key, "more": {"S": "mine"}}},
        "update_item": {
            **named,
            "Key": key,
            "UpdateExpression": "SET n = :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        },
        "delete_item": {**named, "Key": key},
        "query": {
            **named,
            "KeyConditionExpression": "#o=:o",
            "ExpressionAttributeValues": value,
            "ExpressionAttributeNames": {"#o": "owner"},
        },
        "query legacy": {
            **named,
            "KeyConditions": {"owner": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": owner}]}},
        },
        "query index": {
            **named,
            "IndexName": "by-kind",
            "KeyConditionExpression": "kind = :o",
            "ExpressionAttributeValues": value,
        },
        "batch_get_item": {"RequestItems": {"rows": {"Keys": several}, "ledger": {"Keys": [{"pk": {"S": "mine"}}]}}},
        "batch_write_item put": {"RequestItems": {"rows": [{"PutRequest": {"Item": one}} for one in several]}},
        "batch_write_item delete": {
            "RequestItems": {
                "ledger": [{"PutRequest": {"Item": {"pk": {"S": "mine"}}}}],
                "rows": [{"DeleteRequest": {"Key": one}} for one in several],
            }
        },
        "transact_get_items": {"TransactItems": [{"Get": {**named, "Key": one}} for one in several]},
        "transact_write_items": {
            "TransactItems": [
                {"Put": {"TableName": "ledger", "Item": {"pk": {"S": "mine"}}}},
                {"Put": {**named, "Item": several[0]}},
                {"Put": {**named, "Item": key}},
            ]
        },
        "transact_write_items check": {
            "TransactItems": [
                {"Put": {"TableName": "ledger", "Item": {"pk": {"S": "mine"}}}},
                {
                    "ConditionCheck": {
                        **named,
                        "Key": key,
                        "ConditionExpression": "attribute_not_exists(nothing)",
                    }
                },
            ]
        },
    }


@pytest.mark.parametrize("request_kind", row_requests("any"))
def test_a_role_reaches_only_the_rows_of_its_leading_keys(tenant: Actor, request_kind: str) -> None:
    operation = request_kind.split()[0]
    tenant.calls("dynamodb", operation, **row_requests("mine")[request_kind])
    with pytest.raises(Refused, match=DENIED):
        tenant.calls("dynamodb", operation, **row_requests("theirs")[request_kind])


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("scan", {}),
        (
            "query",
            {"KeyConditionExpression": "more = :o", "ExpressionAttributeValues": {":o": {"S": "mine"}}},
        ),
        ("get_item", {"Key": {"more": {"S": "mine"}}}),
        ("execute_statement", {"Statement": "SELECT * FROM rows WHERE owner = 'mine'"}),
    ],
    ids=["scan", "query", "get_item", "partiql"],
)
def test_a_request_that_names_no_leading_key_is_denied(tenant: Actor, operation: str, parameters: dict) -> None:
    table = {} if operation == "execute_statement" else {"TableName": "rows"}
    with pytest.raises(Refused, match=DENIED):
        tenant.calls("dynamodb", operation, **table, **parameters)


@pytest.mark.parametrize(
    ("path", "target", "body"),
    [
        ("/?Action=GetItem", "PutItem", {"TableName": "ledger", "Item": {"pk": {"S": "sly"}}}),
        ("/", "BatchGetItem", {"TableName": "ledger", "RequestItems": {"rows": {"Keys": [{"owner": {"S": "x"}}]}}}),
        ("/", "GetItem", {"TableName": "rows", "IndexName": "by-kind", "Key": {"owner": {"S": "x"}}}),
    ],
    ids=["action parameter", "stray table", "stray index"],
)
def test_a_crafted_request_is_authorised_for_what_it_does(
    emulator: Emulator, tenant: Actor, sly: Credentials, path: str, target: str, body: dict
) -> None:
    request = AWSRequest(
        "POST",
        emulator.endpoint + path,
        {"X-Amz-Target": f"DynamoDB_20120810.{target}", "Content-Type": "application/x-amz-json-1.0"},
        json.dumps(body),
    )
    SigV4Auth(sly, "dynamodb", REGION).add_auth(request)
    status, said = send(emulator, path, request.data, dict(request.headers))
    assert (status, json.loads(said)["__type"]) == (403, DENIED)


@pytest.fixture(scope="module")
def sly(emulator: Emulator) -> Credentials:
    """Credentials of a role that may read one table, and the index of another."""
    read = ["dynamodb:GetItem", "dynamodb:BatchGetItem"]
    readable = [arn("dynamodb", "table/ledger"), arn("dynamodb", "table/rows/index/*")]
    role = create_role(emulator, "sly", *[allow(read, one) for one in readable])
    given = emulator.client("sts").assume_role(RoleArn=role, RoleSessionName="sly")["Credentials"]
    return Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])


def test_converse_is_authorised_as_invoke_model_on_the_named_model(make_actor: Callable[..., Actor]) -> None:
    model = f"arn:aws:bedrock:{REGION}::foundation-model/amazon.nova-lite-v1:0"
    thinker = make_actor("thinker", allow("bedrock:InvokeModel", model))
    said = [{"role": "user", "content": [{"text": "hello"}]}]
    assert thinker.calls("bedrock-runtime", "converse", modelId="amazon.nova-lite-v1:0", messages=said)["output"]
    with pytest.raises(Refused, match=DENIED):
        thinker.calls("bedrock-runtime", "converse", modelId="amazon.nova-pro-v1:0", messages=said)
    with pytest.raises(Refused, match=DENIED):
        thinker.calls("bedrock-runtime", "converse_stream", modelId="amazon.nova-lite-v1:0", messages=said)


# identities


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
    # AWS refuses two qualifiers that differ; here the ARN's own one counts, for the check and for the call.
    answer = caller.calls("lambda", "invoke", FunctionName=aliases["fraud"], Qualifier="triage", Payload="{}")
    assert answer["Payload"] == {"arn": aliases["fraud"]}
    for other in (aliases["triage"], connector):
        with pytest.raises(Refused, match=DENIED):
            caller.calls("lambda", "invoke", FunctionName=other, Payload="{}")


def test_a_function_that_eventbridge_invokes_by_an_alias_reads_which(
    emulator: Emulator, make_actor: Callable[..., Actor]
) -> None:
    functions, events = emulator.client("lambda"), emulator.client("events")
    url = create_queue(emulator, "woken")
    woken = make_actor("woken", allow("sqs:SendMessage", arn("sqs", "woken")), TELL=url).name
    version = functions.publish_version(FunctionName=woken)["Version"]
    alias = functions.create_alias(FunctionName=woken, Name="clock", FunctionVersion=version)["AliasArn"]
    events.put_rule(Name="wakes", EventPattern=json.dumps({"source": ["webhook.stripe"]}))
    target = {"Id": "1", "Arn": alias, "Input": json.dumps({"tell": True})}
    events.put_targets(Rule="wakes", Targets=[target])
    events.put_events(Entries=[entry("webhook.stripe", "payment.succeeded", "default")])
    [message] = eventually(lambda: receive(emulator, url))
    assert message["Body"] == alias


def test_a_role_makes_schedules_in_its_own_group_alone(emulator: Emulator, make_actor: Callable[..., Actor]) -> None:
    for group in ("mine", "theirs"):
        emulator.client("scheduler").create_schedule_group(Name=group)
    planner = make_actor("planner", allow("scheduler:CreateSchedule", arn("scheduler", "schedule/mine/*")))
    wish = {
        "Name": "later",
        "ScheduleExpression": "at(2099-01-01T00:00:00)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": arn("lambda", "function:woken"), "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/planner"},
    }
    assert planner.calls("scheduler", "create_schedule", GroupName="mine", **wish)
    for other in ({"GroupName": "theirs"}, {}):
        with pytest.raises(Refused, match=DENIED):
            planner.calls("scheduler", "create_schedule", **other, **wish)


def test_a_permissions_boundary_limits_what_a_role_was_given(
    emulator: Emulator, make_actor: Callable[..., Actor]
) -> None:
    boundary = emulator.client("iam").create_policy(PolicyName="boundary", PolicyDocument=policy(allow("sqs:*", "*")))[
        "Policy"
    ]["Arn"]
    bounded = make_actor("bounded", allow("*", "*"), boundary=boundary)
    bounded.calls("sqs", "list_queues")
    with pytest.raises(Refused, match=DENIED):
        bounded.calls("dynamodb", "list_tables")


def test_a_deny_that_is_put_on_a_role_counts_at_once_for_a_session_already_handed_out(
    emulator: Emulator, make_actor: Callable[..., Actor]
) -> None:
    listing = make_actor("listing", allow("sqs:ListQueues", "*"))
    listing.calls("sqs", "list_queues")
    iam = emulator.client("iam")
    deny = policy({"Effect": "Deny", "Action": "*", "Resource": "*"})
    iam.put_role_policy(RoleName="listing", PolicyName="suspended", PolicyDocument=deny)
    with pytest.raises(Refused, match="AccessDenied"):
        listing.calls("sqs", "list_queues")
    iam.delete_role_policy(RoleName="listing", PolicyName="suspended")
    listing.calls("sqs", "list_queues")


def test_a_message_names_the_role_and_function_that_sent_it(
    emulator: Emulator, make_actor: Callable[..., Actor], consumer: Actor
) -> None:
    url = create_queue(emulator, "audit")
    sender = make_actor("sender", allow("sqs:SendMessage", arn("sqs", "audit")))
    sender.calls("sqs", "send_message", QueueUrl=url, MessageBody="hello")
    [message] = receive(emulator, url)
    role = emulator.client("iam").get_role(RoleName="sender")["Role"]["RoleId"]
    assert message["Attributes"]["SenderId"] == f"{role}:sender"

    connect(emulator, "audit", consumer)
    sender.calls("sqs", "send_message_batch", QueueUrl=url, Entries=[{"Id": "1", "MessageBody": "sender"}])
    assert eventually(lambda: seen(emulator, "audit")) == [f"{role}:sender"]


# queues and events


def test_only_the_failed_message_comes_back_and_ends_in_the_dead_letter_queue(
    emulator: Emulator, consumer: Actor
) -> None:
    dead = create_queue(emulator, "work-dead")
    redrive = json.dumps({"deadLetterTargetArn": arn("sqs", "work-dead"), "maxReceiveCount": 2})
    work = create_queue(emulator, "work", VisibilityTimeout="2", RedrivePolicy=redrive)
    connect(emulator, "work", consumer)
    messages = [{"Id": str(n), "MessageBody": body} for n, body in enumerate(["good", "poison", "fine"])]
    emulator.client("sqs").send_message_batch(QueueUrl=work, Entries=messages)

    [letter] = eventually(lambda: receive(emulator, dead))
    assert letter["Body"] == "poison"
    assert sorted(seen(emulator, "work")) == ["fine", "good", "poison", "poison"]


def test_a_mapping_that_is_disabled_leaves_its_queue_alone_until_it_is_enabled(
    emulator: Emulator, consumer: Actor
) -> None:
    urls = {name: create_queue(emulator, name) for name in ("paused", "beside")}
    for name in urls:
        connect(emulator, name, consumer)
    lambda_, sqs = emulator.client("lambda"), emulator.client("sqs")
    (mapping,) = lambda_.list_event_source_mappings(EventSourceArn=arn("sqs", "paused"))["EventSourceMappings"]
    lambda_.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    # What passes through the queue beside it shows that the queues have been polled meanwhile.
    for number in range(3):
        sqs.send_message(QueueUrl=urls["paused"], MessageBody=f"paused {number}")
        sqs.send_message(QueueUrl=urls["beside"], MessageBody=f"beside {number}")
        eventually(lambda n=number: f"beside {n}" in seen(emulator, "beside"))
    assert seen(emulator, "paused") == []

    lambda_.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)
    eventually(lambda: sorted(seen(emulator, "paused")) == ["paused 0", "paused 1", "paused 2"])


@pytest.mark.parametrize(
    ("operation", "more"),
    [
        ("get_event_source_mapping", {}),
        ("update_event_source_mapping", {"Enabled": True}),
        ("delete_event_source_mapping", {}),
    ],
    ids=str,
)
def test_a_role_touches_no_mapping_that_it_was_not_given(
    emulator: Emulator, consumer: Actor, operation: str, more: dict
) -> None:
    name = f"mapped-{operation.partition('_')[0]}"
    create_queue(emulator, name)
    made = emulator.client("lambda").create_event_source_mapping(
        EventSourceArn=arn("sqs", name), FunctionName=consumer.name, Enabled=False
    )
    with pytest.raises(Refused, match=DENIED):
        consumer.calls("lambda", operation, UUID=made["UUID"], **more)


def test_a_fifo_queue_keeps_each_groups_order_into_a_function(emulator: Emulator, consumer: Actor) -> None:
    url = create_queue(emulator, "work.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    sent = [f"{group}{n}" for n in range(6) for group in "abc"]
    for body in sent:
        emulator.client("sqs").send_message(QueueUrl=url, MessageBody=body, MessageGroupId=body[0])
    connect(emulator, "work.fifo", consumer)

    eventually(lambda: len(seen(emulator, "work.fifo")) >= len(sent))
    for group in "abc":
        assert [body for body in seen(emulator, "work.fifo") if body[0] == group] == [
            body for body in sent if body[0] == group
        ]


def test_a_rule_on_source_and_detail_type_delivers_to_its_queue_alone(emulator: Emulator) -> None:
    events = emulator.client("events")
    events.create_event_bus(Name="heard")
    url = create_queue(emulator, "heard")
    pattern = {"source": ["webhook.stripe"], "detail-type": ["payment.succeeded"]}
    events.put_rule(Name="fraud", EventBusName="heard", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="fraud", EventBusName="heard", Targets=[{"Id": "1", "Arn": arn("sqs", "heard")}])
    events.put_events(
        Entries=[
            entry("webhook.zendesk", "payment.succeeded", "heard"),
            entry("webhook.stripe", "payment.failed", "heard"),
            entry("webhook.stripe", "payment.succeeded", "heard"),
        ]
    )

    [message] = eventually(lambda: receive(emulator, url))
    event = json.loads(message["Body"])
    assert (event["source"], event["detail-type"], event["detail"]) == (
        "webhook.stripe",
        "payment.succeeded",
        {},
    )


# HTTP


@pytest.fixture(scope="module")
def api(emulator: Emulator, make_actor: Callable[..., Actor]) -> str:
    make_actor("web", allow("sqs:ListQueues", "*"))
    gateway = emulator.client("apigatewayv2")
    api = gateway.create_api(Name="hooks", ProtocolType="HTTP")["ApiId"]
    integration = gateway.create_integration(
        ApiId=api,
        IntegrationType="AWS_PROXY",
        PayloadFormatVersion="2.0",
        IntegrationUri=arn("lambda", "function:web"),
    )["IntegrationId"]
    gateway.create_route(ApiId=api, RouteKey="POST /hooks/{source}", Target=f"integrations/{integration}")
    gateway.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
    return api


def post(emulator: Emulator, api: str, body: bytes, **headers: str) -> dict:
    """The event that the function saw for a POST."""
    path = f"/_aws/execute-api/{api}/$default/hooks/stripe?a=1&a=2"
    status, said = send(emulator, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    assert status == 200, said
    return json.loads(said)


def body_of(event: dict) -> bytes:
    return base64.b64decode(event["body"]) if event["isBase64Encoded"] else event["body"].encode()


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", '{"amount": 4200,\r\n "name": "Zoë \U0001f4b8"}\n'.encode()),
        ("application/x-www-form-urlencoded", b"a=%20&b=+&a="),
        ("application/octet-stream", bytes(range(256))),
    ],
    ids=["json", "form", "bytes"],
)
def test_a_body_reaches_the_function_byte_for_byte(emulator: Emulator, api: str, kind: str, body: bytes) -> None:
    event = post(emulator, api, body, Content_Type=kind)
    assert (event["version"], event["routeKey"]) == ("2.0", "POST /hooks/{source}")
    assert body_of(event) == body


def test_the_source_address_is_the_connections_and_no_header_changes_it(emulator: Emulator, api: str) -> None:
    event = post(emulator, api, b"{}", X_Forwarded_For="203.0.113.9", Forwarded="for=203.0.113.9")
    assert event["requestContext"]["http"]["sourceIp"] == "127.0.0.1"


# tables, secrets, stacks


def test_a_conditional_put_claims_a_key_once(emulator: Emulator) -> None:
    create_table(emulator, "claims")
    claim = {
        "TableName": "claims",
        "Item": {"pk": {"S": "one"}},
        "ConditionExpression": "attribute_not_exists(pk)",
    }
    emulator.client("dynamodb").put_item(**claim)
    with pytest.raises(ClientError) as refused:
        emulator.client("dynamodb").put_item(**claim, ReturnValuesOnConditionCheckFailure="ALL_OLD")
    assert refused.value.response["Error"]["Code"] == "ConditionalCheckFailedException"
    assert refused.value.response["Item"] == {"pk": {"S": "one"}}


def test_a_transaction_writes_all_or_nothing_and_says_which_condition_failed(emulator: Emulator) -> None:
    create_table(emulator, "budgets")
    rows = emulator.client("dynamodb")
    rows.put_item(TableName="budgets", Item={"pk": {"S": "event"}, "left": {"N": "1"}})
    spend = {
        "Update": {
            "TableName": "budgets",
            "Key": {"pk": {"S": "event"}},
            "UpdateExpression": "SET #l = #l - :one",
            "ConditionExpression": "#l >= :one",
            "ExpressionAttributeNames": {"#l": "left"},
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        }
    }

    def note(key: str) -> dict:
        return {"Put": {"TableName": "budgets", "Item": {"pk": {"S": key}}}}

    rows.transact_write_items(TransactItems=[note("first"), spend])
    with pytest.raises(rows.exceptions.TransactionCanceledException) as cancelled:
        rows.transact_write_items(TransactItems=[note("second"), spend])
    reasons = [reason["Code"] for reason in cancelled.value.response["CancellationReasons"]]
    assert reasons == ["None", "ConditionalCheckFailed"]
    assert "Item" not in rows.get_item(TableName="budgets", Key={"pk": {"S": "second"}})


def test_a_secret_made_by_a_stack_without_a_value_has_none(emulator: Emulator) -> None:
    template = {"Resources": {"Secret": {"Type": "AWS::SecretsManager::Secret", "Properties": {"Name": "empty"}}}}
    stacks = emulator.client("cloudformation")
    stacks.create_stack(StackName="secret", TemplateBody=json.dumps(template))
    eventually(lambda: stacks.describe_stacks(StackName="secret")["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE")
    secrets = emulator.client("secretsmanager")
    with pytest.raises(secrets.exceptions.ResourceNotFoundException):
        secrets.get_secret_value(SecretId="empty")
    secrets.put_secret_value(SecretId="empty", SecretString="whsec")
    assert secrets.get_secret_value(SecretId="empty")["SecretString"] == "whsec"


def test_a_bucket_made_by_a_stack_with_an_object_lock_keeps_every_version(emulator: Emulator) -> None:
    retention = {"Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 400}}, "ObjectLockEnabled": "Enabled"}
    properties = {
        "BucketName": "locked",
        "ObjectLockEnabled": True,
        "ObjectLockConfiguration": retention,
        "VersioningConfiguration": {"Status": "Enabled"},
    }
    template = {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": properties}}}
    stacks, s3 = emulator.client("cloudformation"), emulator.client("s3")
    stacks.create_stack(StackName="locked", TemplateBody=json.dumps(template))
    eventually(lambda: stacks.describe_stacks(StackName="locked")["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE")
    first = s3.put_object(Bucket="locked", Key="one", Body=b"first", IfNoneMatch="*")["VersionId"]
    with pytest.raises(ClientError, match="PreconditionFailed"):
        s3.put_object(Bucket="locked", Key="one", Body=b"second", IfNoneMatch="*")
    s3.delete_object(Bucket="locked", Key="one")
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.delete_object(Bucket="locked", Key="one", VersionId=first, BypassGovernanceRetention=True)
    assert s3.get_object(Bucket="locked", Key="one", VersionId=first)["Body"].read() == b"first"


def test_a_keys_policy_knows_a_session_by_its_role(emulator: Emulator, make_actor: Callable[..., Actor]) -> None:
    signers = {name: make_actor(name, allow("kms:Sign", "*")) for name in ("signer", "pretender")}
    role = f"arn:aws:iam::{ACCOUNT}:role/signer"
    root = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"}
    others = {"ArnNotEquals": {"aws:PrincipalArn": role}}
    deny = {"Effect": "Deny", "Principal": "*", "Action": "kms:Sign", "Resource": "*", "Condition": others}
    kms = emulator.client("kms")
    key = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY", Policy=policy(root, deny))["KeyMetadata"][
        "Arn"
    ]
    words = {"KeyId": key, "Message": "0" * 32, "MessageType": "DIGEST", "SigningAlgorithm": "ECDSA_SHA_256"}
    assert signers["signer"].calls("kms", "sign", **words)["KeyId"] == key
    with pytest.raises(Refused, match=DENIED):
        signers["pretender"].calls("kms", "sign", **words)


# the process


def test_a_running_emulator_is_found_and_its_port_is_taken_for_others(emulator: Emulator, tmp_path: Path) -> None:
    assert find(emulator.state) == start(emulator.state, emulator.port) == emulator
    with pytest.raises(PortTaken, match=f"port {emulator.port} .* HOOKLINE_PORT"):
        start(tmp_path, emulator.port)


def test_a_pid_that_is_another_process_by_now_is_neither_found_nor_ended(tmp_path: Path) -> None:
    stranger = Emulator(tmp_path, 1, os.getpid(), "long ago")
    record(tmp_path).write_text(json.dumps({"port": 1, "pid": stranger.pid, "started": stranger.started}))
    assert find(tmp_path) is None
    stranger.stop()


def test_nothing_of_the_operators_own_aws_reaches_a_command(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ROLE_ARN", "AWS_ENDPOINT_URL_S3", "AWS_CA_BUNDLE"):
        monkeypatch.setenv(name, "theirs")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    environment = emulator.environment()
    assert "theirs" not in environment.values()
    assert environment["AWS_ENDPOINT_URL"] == emulator.endpoint
    assert environment["PATH"] == os.environ["PATH"]
    assert emulator.client("sts").get_caller_identity()["Account"] == ACCOUNT


def test_nothing_of_the_operators_shell_reaches_a_function_and_no_worker_outlives_the_emulator(
    tmp_path: Path, free_port: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "theirs")
    emulator = start(tmp_path, free_port())
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("index.py", STUCK)
    emulator.client("lambda").create_function(
        FunctionName="stuck",
        Runtime="python3.13",
        Handler="index.handler",
        Timeout=60,
        Role=create_role(emulator, "stuck", allow("sqs:ListQueues", "*")),
        Code={"ZipFile": package.getvalue()},
    )
    said = tmp_path / "said.json"
    emulator.client("lambda").invoke(FunctionName="stuck", InvocationType="Event", Payload=json.dumps(str(said)))
    worker = json.loads(eventually(lambda: said.is_file() and said.read_text()))
    assert "theirs" not in worker["environment"].values()

    os.kill(emulator.pid, signal.SIGKILL)
    eventually(lambda: process_started(worker["pid"]) is None, seconds=5)
    assert find(tmp_path) is None


STUCK = """
import json, os, pathlib, time

def handler(event, context):
    note = pathlib.Path(event + ".part")
    note.write_text(json.dumps({"pid": os.getpid(), "environment": dict(os.environ)}))
    note.rename(event)
    time.sleep(60)
"""
