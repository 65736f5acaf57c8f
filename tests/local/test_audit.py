"""The audit trail on the deployed local stack: checkpoints that no one can delete, and an export that verifies."""

import json
import re
import uuid
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner, Result

from functions.core.audit.checkpoint import object_key, regressed_chains
from functions.core.audit.heads import read_heads
from functions.core.platform.canonical import canonical, digest
from hookline.__main__ import hookline
from hookline.local.emulator import ACCOUNT, REGION
from hookline.local.stack import LocalStack
from hookline.operator import account
from hookline.operator.audit import stored
from hookline.operator.send import post
from hookline.operator.trail import Trail
from infra import naming
from tests.local.payments import payment

pytestmark = pytest.mark.local

BUCKET = naming.checkpoints_bucket(ACCOUNT, REGION)
AGENT = {"S": "agent.fraud"}


@pytest.fixture(scope="module")
def handled(stack: LocalStack, records: Callable[..., Any]) -> str:
    """The correlation id of a handled payment, with a checkpoint after it."""
    event = payment(stack)
    assert post(stack, "stripe", json.dumps(event).encode()).status == 200
    records(event["id"], "service.context", "projected", "payment.approved", seconds=90)  # every function starts cold
    checkpoint(stack)
    return f"stripe:{event['id']}"


@pytest.fixture
def audit(stack: LocalStack, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs `hookline audit …` on the stack."""
    monkeypatch.setattr(account, "account", lambda aws: stack)
    return lambda *words: CliRunner().invoke(hookline, ["audit", *words], catch_exceptions=False)


def checkpoint(stack: LocalStack) -> dict[str, Any]:
    """Invoke the checkpoints service, as its schedule does; returns the checkpoint."""
    response = stack.client("lambda").invoke(FunctionName=naming.service("checkpoints"), Payload="{}")
    payload = response["Payload"].read()
    assert "FunctionError" not in response, payload
    return dict(stored.stored_checkpoints(stack, [].append)[-1])


def test_a_checkpoint_signs_the_heads_of_every_chain(stack: LocalStack, handled: str) -> None:
    before, after = checkpoint(stack), checkpoint(stack)
    assert after["number"] == before["number"] + 1
    assert {"agent.fraud", "connector.stripe", "webhook.stripe", "service.context"} <= set(after["heads"])
    assert regressed_chains(after, read_heads(stack.client("dynamodb"), naming.CHAINS_TABLE, naming.AUDIT_TABLE)) == []


def test_no_version_of_a_checkpoint_can_be_deleted(stack: LocalStack, handled: str) -> None:
    s3 = stack.client("s3")
    (version, *_) = s3.list_object_versions(Bucket=BUCKET)["Versions"]
    for bypass in (False, True):
        with pytest.raises(ClientError, match="AccessDenied"):
            s3.delete_object(
                Bucket=BUCKET, Key=version["Key"], VersionId=version["VersionId"], BypassGovernanceRetention=bypass
            )


def test_no_one_else_can_sign_not_even_an_administrator(stack: LocalStack) -> None:
    words = {"Message": b"0" * 32, "MessageType": "DIGEST", "SigningAlgorithm": "ECDSA_SHA_256"}
    iam, sts = stack.client("iam"), stack.client("sts")
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName="administrator", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    iam.attach_role_policy(RoleName="administrator", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    given = sts.assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    kms = boto3.client(
        "kms",
        endpoint_url=stack.emulator.endpoint,
        region_name=REGION,
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    )
    key = kms.get_public_key(KeyId=naming.CHECKPOINT_KEY)["KeyId"]
    with pytest.raises(ClientError, match="AccessDenied"):
        kms.sign(KeyId=key, **words)


def test_the_trail_verifies_and_so_does_its_export_offline(
    handled: str, audit: Callable[..., Result], tmp_path: Path
) -> None:
    online = audit("verify")
    assert (online.exit_code, "valid: no problems" in online.output) == (0, True), online.output
    export = audit("export").stdout_bytes
    key = next(json.loads(line)["key"] for line in export.splitlines() if b'{"key"' in line)
    (tmp_path / "export.jsonl").write_bytes(export)
    (tmp_path / "key.pem").write_text(key["pem"])
    words = ("verify", str(tmp_path / "export.jsonl"), "--key", str(tmp_path / "key.pem"))
    assert audit(*words).exit_code == 0
    (tmp_path / "export.jsonl").write_bytes(export.replace(b'"kind":"decided"', b'"kind":"derided"', 1))
    changed = audit(*words)
    assert changed.exit_code == 1 and re.search(r"agent\.\w+ record", changed.output)


def test_an_edited_record_in_the_table_is_found_and_named(
    stack: LocalStack, handled: str, audit: Callable[..., Result]
) -> None:
    dynamodb, key = stack.client("dynamodb"), {"chain": AGENT, "first": {"N": "1"}}
    item = dynamodb.get_item(TableName=naming.AUDIT_TABLE, Key=key)["Item"]
    record, *others = zlib.decompress(item["records"]["B"]).split(b"\n")
    changed = json.dumps({**json.loads(record), "reason": "nothing to see"}).encode()
    edited = zlib.compress(b"\n".join([changed, *others]))
    dynamodb.put_item(TableName=naming.AUDIT_TABLE, Item={**item, "records": {"B": edited}})
    try:
        found = audit("verify")
    finally:
        dynamodb.put_item(TableName=naming.AUDIT_TABLE, Item=item)
    assert (found.exit_code, "agent.fraud record 1: record 1 was changed" in found.output) == (1, True)
    assert audit("verify").exit_code == 0


def test_the_causal_tree_of_a_payment_is_shown(handled: str, audit: Callable[..., Result]) -> None:
    shown = audit("show", handled).output
    for step in ("webhook.stripe  verified", "agent.fraud  decided", "connector.stripe  completed"):
        assert step in shown, shown


def test_every_effect_in_the_ledger_is_on_the_trail(handled: str, audit: Callable[..., Result]) -> None:
    found = audit("reconcile")
    assert found.exit_code == 0, found.output
    assert " 0 unexplained" in found.output
    assert int(found.output.splitlines()[-1].split()[0]) > 0


def test_an_operators_command_makes_a_checkpoint(handled: str, audit: Callable[..., Result]) -> None:
    made, key = audit("checkpoint"), audit("key")
    assert (made.exit_code, made.output.startswith("checkpoint ")) == (0, True), made.output
    assert key.stdout.startswith("-----BEGIN PUBLIC KEY-----")
    assert made.output.endswith(key.stderr)  # its fingerprint


def test_junk_in_the_bucket_stops_neither_the_next_checkpoint_nor_the_export(
    stack: LocalStack, handled: str, audit: Callable[..., Result]
) -> None:
    s3, before = stack.client("s3"), checkpoint(stack)
    number = before["number"]
    forged = canonical({**before, "number": number + 2, "heads": {}})
    for key, content in ((object_key(number + 1), b"junk"), (object_key(number + 2), forged), ("000-stranger", b"")):
        s3.put_object(Bucket=BUCKET, Key=key, Body=content)
    after = [checkpoint(stack), checkpoint(stack)]
    assert [one["number"] for one in after] == [number + 1, number + 2]
    assert after[0]["previous"] == digest(before)
    found = audit("verify")
    assert (found.exit_code, found.output.count("left out")) == (0, 3), found.output


def test_a_message_that_is_not_an_event_is_on_its_receivers_chain(
    stack: LocalStack, handled: str, audit: Callable[..., Result], eventually: Callable[..., Any]
) -> None:
    sqs = stack.client("sqs")
    url = sqs.get_queue_url(QueueName=naming.agent("fraud"))["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="junk, and nobody's event")
    words = "rejected a message, which moved to the dead-letter queue unread (not an event: the message is not JSON)"
    eventually(lambda: words in audit("show", "--identity", "agent.fraud").output, "the agent's record of it")
    dead = sqs.get_queue_url(QueueName=f"{naming.agent('fraud')}-dead-letters")["QueueUrl"]
    (letter,) = eventually(lambda: sqs.receive_message(QueueUrl=dead).get("Messages"), "the dead letter")
    assert letter["Body"] == "junk, and nobody's event"
    sqs.delete_message(QueueUrl=dead, ReceiptHandle=letter["ReceiptHandle"])


def test_the_recorder_reads_its_own_dead_letters_while_an_operator_lets_it(
    stack: LocalStack, trail: Trail, eventually: Callable[..., Any]
) -> None:
    sqs, lambda_ = stack.client("sqs"), stack.client("lambda")
    queue = naming.audit_queue("operator")
    name = naming.dead_letters(queue)

    def send(name: str) -> str:
        id, url = str(uuid.uuid4()), sqs.get_queue_url(QueueName=name)["QueueUrl"]
        record = {"id": id, "at": "2026-09-21T12:00:00.000000Z", "identity": "operator", "kind": "resumed"}
        body = json.dumps([{**record, "correlation": ""}])
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="operator")
        return id

    def appended() -> list[str]:
        return [record["id"] for record in trail.of_identity("operator")]

    dead = send(name)
    # Records that arrive from the audit queue show that queues were polled in the meantime.
    for live in (send(queue), send(queue)):
        eventually(lambda id=live: id in appended(), "the live record on its chain")
    assert dead not in appended()
    mappings = lambda_.list_event_source_mappings(FunctionName=naming.service("recorder"))["EventSourceMappings"]
    (mapping,) = (one for one in mappings if one["EventSourceArn"].endswith(f":{name}"))
    lambda_.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)
    eventually(lambda: dead in appended(), "the dead letter on its chain")
    lambda_.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
