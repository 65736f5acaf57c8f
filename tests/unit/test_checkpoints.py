"""Checkpoints: signed, chained to each other, and each number written once; and what an export reads of them."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from functions.core.canonical import canonical, digest
from functions.core.chain import GENESIS
from functions.core.checkpoint import object_key
from functions.core.environment import CheckpointsEnvironment
from functions.core.errors import PermanentError
from functions.services.recorder.append import Chains
from hookline.audit import stored
from hookline.audit.signing_keys import from_pem, is_signed
from hookline.audit.verify import verify
from hookline.errors import OperatorError
from infra import naming

BUCKET = naming.checkpoints_bucket("123456789012", "us-east-1")
ARN = "arn:aws:kms:us-east-1:123456789012:key/made-up"
A, B = "agent.fraud", "connector.stripe"


class Kms:
    """A KMS with one key, which signs digests; moto's signs a digest as if it were a message."""

    def __init__(self) -> None:
        self.key = ec.derive_private_key(4711, ec.SECP256R1())

    def sign(self, KeyId: str, Message: bytes, MessageType: str, SigningAlgorithm: str) -> dict[str, Any]:
        assert (KeyId, MessageType, SigningAlgorithm) == (ARN, "DIGEST", "ECDSA_SHA_256")
        return {"Signature": self.key.sign(Message, ec.ECDSA(Prehashed(SHA256())))}

    def get_public_key(self, KeyId: str) -> dict[str, Any]:
        assert KeyId == naming.CHECKPOINT_KEY
        der = self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return {"KeyId": ARN, "PublicKey": der}


@pytest.fixture
def kms() -> Kms:
    return Kms()


@pytest.fixture
def chains(dynamodb: Any, table: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> Chains:
    monkeypatch.setattr(naming, "AUDIT_TABLE", "audit")
    monkeypatch.setattr(naming, "HEADS_TABLE", "heads")
    return Chains(dynamodb, table("audit"), table("heads"))


@pytest.fixture
def bucket(s3: Any) -> Any:
    s3.create_bucket(Bucket=BUCKET, ObjectLockEnabledForBucket=True)
    return s3


@pytest.fixture
def write(load_handler: Any, dynamodb: Any, bucket: Any, chains: Chains, kms: Kms, sqs: Any) -> Callable[[], None]:
    """Wakes the service once."""
    environment = CheckpointsEnvironment(
        audit_queue_url="audit", heads_table="heads", checkpoints_bucket=BUCKET, signing_key=ARN
    )
    clients = {"dynamodb": dynamodb, "s3": bucket, "kms": kms, "sqs": sqs}
    handler = load_handler("functions.services.checkpoints.handler", environment, **clients).handler
    return lambda: handler({}, None)


class Account:
    """The account that the clients of these tests are of."""

    url = ""

    def __init__(self, **clients: Any) -> None:
        self._clients = clients

    def client(self, service: str) -> Any:
        return self._clients[service]


@pytest.fixture
def account(dynamodb: Any, bucket: Any, kms: Kms, moto_client: Any) -> Account:
    return Account(dynamodb=dynamodb, s3=bucket, kms=kms, sts=moto_client("sts"))


def record(identity: str, number: int) -> dict[str, Any]:
    at = f"2026-09-21T12:00:{number:02}.000000Z"
    return {"id": f"{identity}-{number}", "at": at, "identity": identity, "kind": "decided", "correlation": "c"}


def grow(chains: Chains, identity: str, *numbers: int) -> None:
    chains.append(identity, [record(identity, number) for number in numbers])


def kept(account: Account) -> list[Any]:
    return list(stored.stored_checkpoints(account))


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
def test_what_is_no_signature_is_none(write, account, kms, signature):
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
    monkeypatch.setattr("functions.services.checkpoints.bucket.Bucket.last", lambda self: None)
    before = kept(account)
    write()
    assert kept(account) == before
    assert len(bucket.list_object_versions(Bucket=BUCKET)["Versions"]) == 1
    assert len(sqs.audited) == 1


def test_a_chain_that_went_back_raises_an_alarm_once_and_is_signed_all_the_same(write, chains, dynamodb, sqs):
    """The two checkpoints together are the evidence, and the other chains go on."""
    grow(chains, A, 1, 2)
    write()
    dynamodb.delete_item(TableName="heads", Key={"chain": {"S": A}})
    with pytest.raises(PermanentError, match=A):
        write()
    assert [said["kind"] for said in sqs.audited] == ["checkpointed", "checkpointed", "failed"]
    write()


def test_a_head_that_was_written_anew_raises_an_alarm(write, chains, dynamodb):
    """The same number, another hash."""
    grow(chains, A, 1)
    write()
    item = {"chain": {"S": A}, "seq": {"N": "1"}, "hash": {"S": "f" * 64}}
    dynamodb.put_item(TableName="heads", Item=item)
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


def test_what_is_no_checkpoint_is_said_in_one_line(account, bucket):
    """With its name."""
    bucket.put_object(Bucket=BUCKET, Key="000-stranger.json", Body=b"[]")
    with pytest.raises(OperatorError, match="000-stranger.json"):
        kept(account)


def trusted(account: Account) -> list[Any]:
    return [from_pem(pem) for pem in stored.public_keys(account).values()]


def test_what_is_stored_verifies(write, chains, account):
    """From the tables and the bucket to the report."""
    grow(chains, A, 1, 2)
    grow(chains, B, 1)
    write()
    grow(chains, A, 3)
    report = verify(stored.export(account, 0.0), trusted(account))
    assert (report.problems, report.records, report.checkpoints) == ([], 4, 1)
    assert report.notes == [f"{A}: nothing signed vouches for the records from 3 on, nor that 3 is the last"]


def edit(dynamodb: Any, seq: int) -> None:
    found = dynamodb.get_item(TableName="audit", Key={"chain": {"S": A}, "seq": {"N": str(seq)}})["Item"]
    found["record"]["S"] = json.dumps({**json.loads(found["record"]["S"]), "kind": "nothing"})
    dynamodb.put_item(TableName="audit", Item=found)


def remove(dynamodb: Any, seq: int) -> None:
    dynamodb.delete_item(TableName="audit", Key={"chain": {"S": A}, "seq": {"N": str(seq)}})


@pytest.mark.parametrize("attack", [edit, remove])
@pytest.mark.parametrize("seq", [1, 2, 3])
def test_an_attack_on_the_table_is_found(write, chains, dynamodb, account, attack, seq):
    """Also on the record that no checkpoint has seen: its head is elsewhere."""
    grow(chains, A, 1, 2)
    write()
    grow(chains, A, 3)
    attack(dynamodb, seq)
    (problem, *_) = verify(stored.export(account, 0.0), trusted(account)).problems
    assert (problem.chain, problem.seq) == (A, seq)


def test_an_export_since_a_time_leaves_out_what_is_older(write, chains, account):
    """And is whole all the same."""
    grow(chains, A, 1, 2, 3)
    grow(chains, B, 1)
    write()
    export = list(stored.export(account, 0.0, since="2026-09-21T12:00:02.000000Z"))
    contents = [json.loads(line) for line in export]
    assert [(c["record"]["identity"], c["record"]["seq"]) for c in contents if "record" in c] == [(A, 2), (A, 3)]
    assert verify(export, trusted(account)).problems == []


def test_an_export_since_a_time_holds_what_was_recorded_since_whatever_it_says_of_its_time(write, chains, account):
    """Else an identity that dates its records back would be in no such export."""
    grow(chains, A, 1)
    write()
    more = {"identity": A, "kind": "decided", "correlation": "c"}
    chains.append(A, [{"id": "late", "at": "1970-01-01T00:00:00.000000Z", **more}])
    write()
    export = list(stored.export(account, 0.0, since="2026-09-21T12:00:02.000000Z"))
    assert [c["record"]["id"] for c in map(json.loads, export) if "record" in c] == ["late"]
    assert verify(export, trusted(account)).problems == []


def test_an_export_of_one_identity_holds_its_chain_alone(chains, account):
    """And of one that there is not, nothing."""
    grow(chains, A, 1)
    grow(chains, B, 1)
    contents = [json.loads(line) for line in stored.export(account, 0.0, identities=[B])]
    assert {c["record"]["identity"] for c in contents if "record" in c} == {B}
    with pytest.raises(OperatorError, match="no chain of agent.nobody"):
        stored.export(account, 0.0, identities=["agent.nobody"])


def test_every_line_of_an_export_is_canonical(write, chains, account):
    """However the table has it."""
    grow(chains, A, 1)
    write()
    for line in stored.export(account, 0.0):
        assert canonical(json.loads(line)) + b"\n" == line
