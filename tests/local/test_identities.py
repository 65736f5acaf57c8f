"""What the fraud agent's identity may and may not do, tried with its own credentials on the deployed stack."""

import hashlib
import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from hookline.local.emulator import ACCOUNT, REGION
from hookline.local.stack import LocalStack
from hookline.operator.trail import Trail
from infra import naming

pytestmark = pytest.mark.local

Try = Callable[..., str]

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


def arn(connector: str, alias: str) -> str:
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{naming.connector(connector)}{alias}"


def entry(source: str, detail_type: str) -> dict[str, str]:
    return {"EventBusName": naming.BUS, "Source": source, "DetailType": detail_type, "Detail": "{}"}


@pytest.mark.parametrize(
    "secret", [naming.GRANT_KEY, naming.credential("stripe"), naming.signing_secret("stripe")], ids=str
)
def test_the_agent_can_read_no_secret(as_agent: Try, secret: str) -> None:
    assert as_agent("secretsmanager", "get_secret_value", SecretId=secret) == "AccessDeniedException"


@pytest.mark.parametrize("alias", ["", ":$LATEST", ":triage"], ids=["no alias", "$LATEST", "another agent's"])
def test_the_agent_can_invoke_no_alias_except_its_own(as_agent: Try, stack: LocalStack, alias: str) -> None:
    if alias == ":triage":
        client, name = stack.client("lambda"), naming.connector("stripe")
        version = client.get_alias(FunctionName=name, Name="fraud")["FunctionVersion"]
        client.create_alias(FunctionName=name, Name="triage", FunctionVersion=version)
    assert as_agent("lambda", "invoke", FunctionName=arn("stripe", alias), Payload="{}") == "AccessDeniedException"


@pytest.mark.parametrize("connector", ["stripe", "context"])
def test_the_agent_can_invoke_its_own_alias(as_agent: Try, connector: str) -> None:
    assert as_agent("lambda", "invoke", FunctionName=arn(connector, ":fraud"), Payload="{}") == "allowed"


@pytest.mark.parametrize(
    ("source", "detail_type"),
    [
        ("webhook.stripe", "payment.succeeded"),
        ("agent.triage", "payment.approved"),
        ("review.service", "payment.approved"),
        ("agent.fraud", "payment.succeeded"),
        ("agent.fraud", "payment.refunded"),
    ],
)
def test_the_agent_can_publish_only_as_itself_and_only_what_it_declares(
    as_agent: Try, source: str, detail_type: str
) -> None:
    assert as_agent("events", "put_events", Entries=[entry(source, detail_type)]) == "AccessDeniedException"


def test_one_entry_of_another_source_denies_the_whole_call(as_agent: Try) -> None:
    entries = [entry("agent.fraud", "payment.held"), entry("webhook.stripe", "payment.succeeded")]
    assert as_agent("events", "put_events", Entries=entries) == "AccessDeniedException"


def test_the_agent_can_publish_what_it_declares(as_agent: Try) -> None:
    # The detail is empty: no agent subscribes to it, and each service that receives it rejects it as not an event.
    assert as_agent("events", "put_events", Entries=[entry("agent.fraud", "payment.held")]) == "allowed"


@pytest.mark.parametrize(
    "table",
    [
        naming.LEDGER_TABLE,
        naming.DELIVERIES_TABLE,
        naming.TIMELINES_TABLE,
        naming.AUDIT_TABLE,
        naming.CHAINS_TABLE,
        naming.TREES_TABLE,
        naming.REVIEWS_TABLE,
    ],
)
def test_the_agent_can_access_no_table_except_its_own(as_agent: Try, table: str) -> None:
    assert as_agent("dynamodb", "scan", TableName=table) == "AccessDeniedException"
    assert as_agent("dynamodb", "put_item", TableName=table, Item={"id": {"S": "x"}}) == "AccessDeniedException"


def test_the_agent_cannot_read_or_purge_the_audit_queue(as_agent: Try, stack: LocalStack) -> None:
    url = stack.client("sqs").get_queue_url(QueueName=naming.audit_queue("agent.fraud"))["QueueUrl"]
    assert as_agent("sqs", "receive_message", QueueUrl=url).startswith("AccessDenied")
    assert as_agent("sqs", "purge_queue", QueueUrl=url).startswith("AccessDenied")


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        (
            "iam",
            "attach_role_policy",
            {"RoleName": naming.role(naming.agent("fraud"), REGION), "PolicyArn": ADMINISTRATOR},
        ),
        (
            "sts",
            "assume_role",
            {
                "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/{naming.role('hookline-recorder', REGION)}",
                "RoleSessionName": "probe",
            },
        ),
        ("lambda", "update_function_configuration", {"FunctionName": naming.connector("stripe"), "Timeout": 900}),
        ("s3", "list_objects_v2", {"Bucket": naming.bodies_bucket(ACCOUNT, REGION)}),
    ],
    ids=["widen its role", "become another", "change a connector", "read the bodies"],
)
def test_the_agent_cannot_gain_permissions(
    as_agent: Try, service: str, operation: str, parameters: dict[str, Any]
) -> None:
    assert as_agent(service, operation, **parameters).startswith("AccessDenied")


def test_the_agent_cannot_write_to_the_trail_as_an_operator(
    as_agent: Try, stack: LocalStack, trail: Trail, eventually: Callable[..., Any]
) -> None:
    url = stack.client("sqs").get_queue_url(QueueName=naming.audit_queue("agent.fraud"))["QueueUrl"]
    made_up = {"id": str(uuid.uuid4()), "at": "2026-09-21T12:00:00.000000Z", "identity": "operator", "kind": "resumed"}
    body = json.dumps([{**made_up, "correlation": "", "who": f"arn:aws:iam::{ACCOUNT}:root"}])
    assert as_agent("sqs", "send_message", QueueUrl=url, MessageBody=body, MessageGroupId="operator") == "allowed"

    def forged() -> list[dict[str, Any]]:
        digest = hashlib.sha256(body.encode()).hexdigest()
        return [r for r in trail.of_identity("service.recorder") if r["digests"]["message"] == digest]

    (record,) = eventually(forged, "a record of the forgery")
    assert record["kind"] == "forged"
    assert made_up["id"] not in [r["id"] for r in trail.of_identity("operator")]
