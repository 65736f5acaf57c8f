"""Who may write, read and sign what belongs to the audit trail."""

import pytest

from infra import naming
from tests.infra.permitted import queue_arn, writes

pytestmark = pytest.mark.synth


@pytest.mark.parametrize("name", [naming.AUDIT_TABLE, naming.CHAINS_TABLE, naming.TREES_TABLE])
def test_only_the_recorder_writes_the_audit_trail(deployed, name):
    (trail,) = (t for t in deployed.all("AWS::DynamoDB::Table") if t.name == name)
    assert deployed.identities_with(trail.arn, writes) == {naming.service("recorder")}


def test_only_the_checkpoints_service_signs_and_it_reads_only_the_heads(deployed):
    (key,) = deployed.all("AWS::KMS::Key")
    checkpoints = naming.service("checkpoints")
    assert deployed.identities_with(key.arn, lambda action: True) == {checkpoints}
    read = [p for p in deployed.may(checkpoints) if p.action.startswith("dynamodb:")]
    names, segments = sorted(read, key=lambda p: p.resource)
    assert (names.action, segments.action) == ("dynamodb:Scan", "dynamodb:Query")
    tables = [f"arn:aws:dynamodb:REGION:ACCOUNT:table/{name}" for name in (naming.CHAINS_TABLE, naming.AUDIT_TABLE)]
    assert [names.resource, segments.resource] == tables
    assert segments.when == {
        "ForAllValues:StringEquals": {"dynamodb:Attributes": ["chain", "last", "hash"]},
        "StringEquals": {"dynamodb:Select": "SPECIFIC_ATTRIBUTES"},
        "Null": {"dynamodb:Attributes": "false"},
    }


def test_the_key_policy_denies_signing_to_all_but_the_checkpoints_service(deployed):
    (key,) = deployed.all("AWS::KMS::Key")
    (denied,) = (s for s in key.properties["KeyPolicy"]["Statement"] if s["Effect"] == "Deny")
    role = f"arn:aws:iam::ACCOUNT:role/{naming.role(naming.service('checkpoints'), 'REGION')}"
    assert denied == {
        "Action": "kms:Sign",
        "Condition": {"ArnNotEquals": {"aws:PrincipalArn": role}},
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Resource": "*",
    }


def test_only_the_checkpoints_service_writes_checkpoints_and_it_deletes_none(deployed):
    kept = f"arn:aws:s3:::{naming.checkpoints_bucket('ACCOUNT', 'REGION')}"
    there = {(p.who, p.action) for p in deployed.permissions if p.resource.startswith(kept)}
    service = naming.service("checkpoints")
    actions = ("s3:PutObject", "s3:GetObjectVersion", "s3:ListBucketVersions")
    assert there == {(service, action) for action in actions}


def test_the_recorder_can_neither_delete_nor_update_a_record(deployed):
    writing = {
        (p.resource.rpartition("/")[2], p.action)
        for p in deployed.may(naming.service("recorder"))
        if p.action.startswith("dynamodb:") and writes(p.action)
    }
    # A batch can delete, but the table of causal trees is only an index: it proves nothing.
    assert writing == {
        (naming.AUDIT_TABLE, "dynamodb:PutItem"),
        (naming.CHAINS_TABLE, "dynamodb:PutItem"),
        (naming.TREES_TABLE, "dynamodb:BatchWriteItem"),
    }


@pytest.mark.parametrize("name", naming.AUDIT_QUEUES.values())
def test_only_the_recorder_reads_or_clears_an_audit_queue(deployed, name):
    handled = deployed.identities_with(queue_arn(name), lambda action: action != "sqs:SendMessage")
    assert handled == {naming.service("recorder")}


def test_verifiers_agents_and_all_others_send_records_to_queues_of_their_own(deployed):
    """So that a backlog of one kind delays no record of another."""
    sending = {
        kind: deployed.identities_with(queue_arn(name), "sqs:SendMessage".__eq__)
        for kind, name in naming.AUDIT_QUEUES.items()
    }
    prefixes = {"verifiers": f"{naming.PREFIX}-verifier-", "agents": naming.AGENTS}
    for kind, prefix in prefixes.items():
        assert sending.pop(kind) == {name for name in deployed.functions if name.startswith(prefix)} != set()
    # The review service records what the links do: it performs it.
    # The silence service does nothing to record: it counts metrics.
    silent = {naming.service("recorder"), naming.service("review_links"), naming.service("silence")}
    others = {name for name in deployed.functions if not name.startswith(tuple(prefixes.values()))}
    assert sending == {"services": others - silent}
