"""Checkpoints: signed, chained to each other, and each number written once; and what an export reads of them."""

import base64
import json
import zlib
from typing import Any

import pytest

from functions.core.audit.chain import GENESIS
from functions.core.audit.checkpoint import object_key
from functions.core.platform.canonical import canonical, digest
from functions.core.platform.errors import PermanentError
from hookline.operator.audit.signing_keys import is_signed
from hookline.operator.audit.verify import verify
from hookline.operator.errors import OperatorError
from tests.unit.audit.checkpoints.trail import ARN, BUCKET, A, B, exported, grow, kept, trusted


def edit(dynamodb: Any, first: int, **more: Any) -> None:
    """Change the records of a segment, or other attributes of it."""
    key = {"chain": {"S": A}, "first": {"N": str(first)}}
    found = dynamodb.get_item(TableName="segments", Key=key)["Item"]
    content = json.loads(zlib.decompress(found["records"]["B"]).split(b"\n")[0])
    changed = zlib.compress(json.dumps({**content, "kind": "nothing"}).encode())
    dynamodb.put_item(TableName="segments", Item={**found, **(more or {"records": {"B": changed}})})


def remove(dynamodb: Any, first: int) -> None:
    dynamodb.delete_item(TableName="segments", Key={"chain": {"S": A}, "first": {"N": str(first)}})


def test_a_checkpoint_signs_the_heads_of_all_chains(write, chains, account, kms):
    """With a number, a time and the key's name."""
    grow(chains, A, 1, 2)
    grow(chains, B, 1)
    write()
    (checkpoint,) = kept(account)
    assert {name: head["seq"] for name, head in checkpoint["heads"].items()} == {A: 2, B: 1}
    assert (checkpoint["number"], checkpoint["previous"], checkpoint["key"]) == (1, GENESIS, ARN)
    assert is_signed(checkpoint, [kms.key.public_key()])


@pytest.mark.parametrize("name", ["at", "number", "previous", "heads", "key"])
def test_all_that_a_checkpoint_says_is_signed(write, account, kms, name):
    """A change of any of it is a wrong signature."""
    write()
    (checkpoint,) = kept(account)
    assert not is_signed({**checkpoint, name: "other"}, [kms.key.public_key()])


@pytest.mark.parametrize("signature", ["", "not base64", base64.b64encode(b"not DER").decode(), "ü"])
def test_an_invalid_signature_is_not_accepted(write, account, kms, signature):
    """And no traceback."""
    write()
    (checkpoint,) = kept(account)
    assert not is_signed({**checkpoint, "signature": signature}, [kms.key.public_key()])


def test_each_checkpoint_holds_the_digest_of_the_one_before(write, chains, account):
    """So that a removed one shows."""
    for number in range(1, 4):
        grow(chains, A, number)
        write()
    one, two, three = kept(account)
    assert [one["number"], two["number"], three["number"]] == [1, 2, 3]
    assert (two["previous"], three["previous"]) == (digest(one), digest(two))


def test_a_checkpoint_is_on_the_audit_trail(write, account, sqs):
    """With its digest, by which the next one vouches for it too."""
    write()
    (checkpoint,) = kept(account)
    (said,) = sqs.audited
    assert (said["kind"], said["identity"]) == ("checkpointed", "service.checkpoints")
    assert (said["resource"], said["digests"]) == (object_key(1), {"checkpoint": digest(checkpoint)})


def test_of_two_runs_at_once_one_writes(write, account, bucket, monkeypatch, sqs):
    """The other one leaves what is there alone."""
    write()
    # The second run looked before the first one wrote.
    monkeypatch.setattr("functions.core.audit.checkpoint_bucket.Bucket.last", lambda self: None)
    before = kept(account)
    write()
    assert kept(account) == before
    assert len(bucket.list_object_versions(Bucket=BUCKET)["Versions"]) == 1
    assert len(sqs.audited) == 1


def test_a_chain_that_went_back_raises_an_alarm_once_and_is_still_signed(write, chains, dynamodb, sqs):
    """The two checkpoints together are the evidence, and the other chains go on."""
    grow(chains, A, 1, 2)
    write()
    remove(dynamodb, 1)
    with pytest.raises(PermanentError, match=A):
        write()
    assert [said["kind"] for said in sqs.audited] == ["checkpointed", "checkpointed", "failed"]
    write()


def test_a_head_that_was_rewritten_raises_an_alarm(write, chains, dynamodb):
    """The same number, another hash."""
    grow(chains, A, 1)
    write()
    edit(dynamodb, 1, hash={"S": "f" * 64})
    with pytest.raises(PermanentError, match=A):
        write()


def test_the_newest_checkpoint_comes_first_in_its_bucket():
    """S3 lists in order of keys; one call finds it, however many there are."""
    keys = [object_key(number) for number in (1, 2, 9, 10, 99, 100, 12_345)]
    assert sorted(keys) == keys[::-1]


def test_a_checkpoint_that_was_overwritten_or_hidden_is_read_as_it_was(write, account, bucket):
    """Its first version cannot be removed, and it is the one that counts."""
    write()
    write()
    before = kept(account)
    bucket.put_object(Bucket=BUCKET, Key=object_key(1), Body=b"{}")
    bucket.delete_object(Bucket=BUCKET, Key=object_key(2))
    assert kept(account) == before


def test_what_is_stored_verifies(write, chains, account):
    """From the tables and the bucket to the report."""
    grow(chains, A, 1, 2)
    grow(chains, B, 1)
    write()
    grow(chains, A, 3)
    report = verify(exported(account), trusted(account))
    assert (report.problems, report.records, report.checkpoints) == ([], 4, 1)
    assert report.notes == [f"{A}: no signed checkpoint confirms the records from 3 on, nor that 3 is the last"]


@pytest.mark.parametrize(("attack", "seq"), [(edit, 1), (edit, 3), (remove, 1)])
def test_an_attack_on_the_table_is_found(write, chains, dynamodb, account, attack, seq):
    """Also an edit that no checkpoint has seen. That the end was cut off since the last one, only the log shows."""
    grow(chains, A, 1, 2)
    write()
    grow(chains, A, 3)
    attack(dynamodb, seq)
    (problem, *_) = verify(exported(account), trusted(account)).problems
    assert (problem.chain, problem.seq) == (A, seq)


def test_an_export_since_a_time_leaves_out_what_is_older(write, chains, account):
    """It is still whole."""
    grow(chains, A, 1, 2, 3)
    grow(chains, B, 1)
    write()
    export = exported(account, since="2026-09-21T12:00:02.000000Z")
    contents = [json.loads(line) for line in export]
    assert [(c["record"]["identity"], c["record"]["seq"]) for c in contents if "record" in c] == [(A, 2), (A, 3)]
    assert verify(export, trusted(account)).problems == []


def test_an_export_since_a_time_goes_by_the_time_of_recording(write, chains, account):
    """Otherwise an identity that backdates its records would be in no such export."""
    grow(chains, A, 1)
    write()
    more = {"identity": A, "kind": "decided", "correlation": "c"}
    chains.append(A, [{"id": "late", "at": "1970-01-01T00:00:00.000000Z", **more}])
    write()
    export = exported(account, since="2026-09-21T12:00:02.000000Z")
    assert [c["record"]["id"] for c in map(json.loads, export) if "record" in c] == ["late"]
    assert verify(export, trusted(account)).problems == []


def test_an_export_of_one_identity_holds_its_chain_alone(chains, account):
    """And of one that there is not, nothing."""
    grow(chains, A, 1)
    grow(chains, B, 1)
    contents = [json.loads(line) for line in exported(account, identities=[B])]
    assert {c["record"]["identity"] for c in contents if "record" in c} == {B}
    with pytest.raises(OperatorError, match="no chain of 'agent.nobody'"):
        exported(account, identities=["agent.nobody"])


def test_every_line_of_an_export_is_canonical(write, chains, account):
    """However the table has it."""
    grow(chains, A, 1)
    write()
    lines = list(exported(account))
    assert lines
    for line in lines:
        assert canonical(json.loads(line)) + b"\n" == line
