"""Junk among the checkpoints stops nothing, is never built on, and is named."""

import io
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.asymmetric import ec

from functions.core.audit.chain import GENESIS
from functions.core.audit.checkpoint import HIGHEST_NUMBER, SHAPE, object_key, read
from functions.core.audit.checkpoint_bucket import Bucket
from functions.core.platform.canonical import canonical, digest
from functions.core.platform.errors import PermanentError
from hookline.operator.audit.verify import verify
from tests.unit.audit.checkpoints.trail import ARN, BUCKET, A, exported, grow, kept, trusted

JUNK = {
    "nothing": b"",
    "a list": b"[]",
    "bytes": b"\xff\x00\x1b[2K",
    "nested": b"[" * 100_000,
    "another object": b'{"number": 1}',
    "a number that is text": json.dumps({**dict.fromkeys(SHAPE, ""), "heads": {}}).encode(),
    "heads that are none": json.dumps({**dict.fromkeys(SHAPE, ""), "number": 9, "heads": {A: {"seq": "x"}}}).encode(),
}
PLACES = [
    "000-stranger.json",
    object_key(1),
    object_key(2),
    object_key(9),
    object_key(HIGHEST_NUMBER),
    "zzz",
    "\u202eéx",
]


@pytest.mark.parametrize("content", JUNK.values(), ids=JUNK)
@pytest.mark.parametrize("place", PLACES, ids=repr)
def test_junk_stops_neither_the_next_checkpoint_nor_the_export_and_is_named(write, account, bucket, place, content):
    """Whatever it is, and wherever it lies, also where the next checkpoint belongs."""
    write()
    bucket.put_object(Bucket=BUCKET, Key=place, Body=content)
    write()
    write()
    left_out: list[str] = []
    assert [checkpoint["number"] for checkpoint in kept(account, left_out)] == [1, 2, 3]
    (named,) = left_out
    assert (named.startswith(place), "not a checkpoint" in named) == (True, True)
    assert verify(exported(account), trusted(account)).problems == []


def test_junk_before_the_first_checkpoint_does_not_stop_it(write, account, bucket):
    """Nor does it count as one."""
    for place in (object_key(1), object_key(9)):
        bucket.put_object(Bucket=BUCKET, Key=place, Body=b"junk")
    write()
    (checkpoint,) = kept(account)
    assert (checkpoint["number"], checkpoint["previous"]) == (1, GENESIS)


def forged(previous: dict[str, Any], number: int, signature: str) -> dict[str, Any]:
    heads = {A: {"seq": 999, "hash": "f" * 64}}
    at = "2099-01-01T00:00:00.000000Z"
    made = {"at": at, "number": number, "previous": digest(previous), "heads": heads, "key": ARN}
    return {**made, "signature": signature}


def test_a_forgery_before_the_first_checkpoint_stops_it_not(write, account, bucket):
    """Above all it cannot take the numbers away."""
    bucket.put_object(Bucket=BUCKET, Key=object_key(HIGHEST_NUMBER), Body=canonical(forged({}, HIGHEST_NUMBER, "")))
    write()
    write()
    assert [checkpoint["number"] for checkpoint in kept(account)] == [1, 2]
    assert verify(exported(account), trusted(account)).problems == []


def test_a_forgery_in_the_place_of_the_first_checkpoint_is_found(write, account, bucket):
    """It passes for one of a key that was replaced; the auditor knows of no such key."""
    bucket.put_object(Bucket=BUCKET, Key=object_key(1), Body=canonical(forged({}, 1, "")))
    with pytest.raises(PermanentError, match=A):  # what it says of a chain is not so
        write()
    problems = " ".join(map(str, verify(exported(account), trusted(account)).problems))
    assert "the signature of checkpoint 1 is by none of the keys" in problems


@pytest.mark.parametrize("number", [2, 3, HIGHEST_NUMBER])
@pytest.mark.parametrize("signature", ["", "none", "QUJD", "another's"])
def test_nothing_builds_on_a_later_checkpoint_that_our_key_did_not_sign(
    write, chains, account, bucket, sqs, number, signature
):
    """However well it is formed: the next one follows the last true one, and raises no alarm by the forged heads."""
    grow(chains, A, 1)
    write()
    (true,) = kept(account)
    fake = forged(true, number, true["signature"] if signature == "another's" else signature)
    bucket.put_object(Bucket=BUCKET, Key=object_key(number), Body=canonical(fake))
    grow(chains, A, 2)
    write()
    left_out: list[str] = []
    _, second = kept(account, left_out)
    assert (second["number"], second["previous"], second["heads"][A]["seq"]) == (2, digest(true), 2)
    assert [said["kind"] for said in sqs.audited] == ["checkpointed", "checkpointed"]
    assert [(name.startswith(object_key(number)), "not signed by our key" in name) for name in left_out] == [
        (True, True)
    ]
    assert verify(exported(account), trusted(account)).problems == []


def test_an_old_checkpoint_put_elsewhere_is_junk(write, account, bucket):
    """Its signature is good, its place is not its own."""
    write()
    (first,) = kept(account)
    bucket.put_object(Bucket=BUCKET, Key=object_key(7), Body=canonical(first))
    write()
    left_out: list[str] = []
    assert [checkpoint["number"] for checkpoint in kept(account, left_out)] == [1, 2]
    assert len(left_out) == 1


def test_leaving_out_junk_hides_no_missing_checkpoint(write, account, bucket):
    """A deleted checkpoint, as after the lock has ended, leaves a gap that no forgery fills."""
    for _ in range(3):
        write()
    one, two, _ = kept(account)
    (version,) = bucket.list_object_versions(Bucket=BUCKET, Prefix=object_key(2))["Versions"]
    bucket.delete_object(
        Bucket=BUCKET, Key=object_key(2), VersionId=version["VersionId"], BypassGovernanceRetention=True
    )
    fake = {**two, "at": "other"}
    bucket.put_object(Bucket=BUCKET, Key=object_key(2), Body=canonical(fake))
    left_out: list[str] = []
    assert [checkpoint["number"] for checkpoint in kept(account, left_out)] == [1, 3]
    assert len(left_out) == 1
    problems = " ".join(map(str, verify(exported(account), trusted(account)).problems))
    assert "checkpoint 2 is missing: 3 is in its place" in problems


def test_the_newest_checkpoint_counts_where_it_was_hidden(write, account, bucket):
    """The next one does not take its number again."""
    write()
    write()
    bucket.delete_object(Bucket=BUCKET, Key=object_key(2))
    write()
    assert [checkpoint["number"] for checkpoint in kept(account)] == [1, 2, 3]
    assert verify(exported(account), trusted(account)).problems == []


def test_checkpoints_of_a_key_that_was_replaced_are_built_upon_and_kept(write, chains, account, kms):
    """The first of the new key vouches for them; an auditor has both keys."""
    grow(chains, A, 1)
    write()
    write()
    old = trusted(account)
    kms.key = ec.derive_private_key(815, ec.SECP256R1())
    left_out: list[str] = []
    assert [checkpoint["number"] for checkpoint in kept(account, left_out)] == [1, 2]
    write()
    assert [checkpoint["number"] for checkpoint in kept(account, left_out)] == [1, 2, 3]
    assert left_out == []
    assert verify(exported(account), [*old, *trusted(account)]).problems == []
    assert verify(exported(account), trusted(account)).problems != []


def test_an_object_that_is_too_large_to_be_a_checkpoint_is_not_even_read(write, account, bucket, monkeypatch):
    """An identity that may put one must not fill the function's memory."""
    write()
    monkeypatch.setattr("functions.core.audit.checkpoint_bucket.LARGEST", 2000)
    bucket.put_object(Bucket=BUCKET, Key=object_key(2), Body=b" " * 2001)
    monkeypatch.setattr("functions.core.audit.checkpoint_bucket.read", refuse_large)
    write()
    assert [checkpoint["number"] for checkpoint in kept(account)] == [1, 2]


def refuse_large(body: bytes, number: int) -> Any:
    assert len(body) <= 2000
    return read(body, number)


def test_an_object_that_cannot_be_read_stops_nothing_once_there_is_a_checkpoint(write, account, bucket, monkeypatch):
    """Somebody else's encryption, for instance."""
    write()
    bucket.put_object(Bucket=BUCKET, Key=object_key(2), Body=b"encrypted")
    unreadable(bucket, monkeypatch, b"encrypted")
    write()
    left_out: list[str] = []
    assert [checkpoint["number"] for checkpoint in kept(account, left_out)] == [1, 2]
    assert "cannot be read: AccessDenied" in left_out[0]


def test_where_no_checkpoint_can_be_read_none_is_made(write, bucket, monkeypatch):
    """It would start again at 1 because a permission is missing."""
    write()
    unreadable(bucket, monkeypatch, None)
    with pytest.raises(PermanentError, match="cannot be read"):
        write()


def unreadable(bucket: Any, monkeypatch: pytest.MonkeyPatch, content: bytes | None) -> None:
    """Lets nobody read the objects with this content, or any."""
    get = bucket.get_object

    def get_object(**what: Any) -> Any:
        found = get(**what)
        body = found["Body"].read()
        if content in (None, body):
            raise ClientError({"Error": {"Code": "AccessDenied"}}, "GetObject")
        return {"Body": io.BytesIO(body)}

    monkeypatch.setattr(bucket, "get_object", get_object)


def test_a_bucket_that_answers_with_an_error_does_not_count_as_empty(write, bucket, monkeypatch):
    """What is there is unknown, so nothing is built upon it."""
    write()
    error = ClientError({"Error": {"Code": "SlowDown"}}, "GetObject")
    monkeypatch.setattr(bucket, "get_object", lambda **_: (_ for _ in ()).throw(error))
    with pytest.raises(ClientError):
        write()


def test_of_two_runs_that_put_over_the_same_junk_the_first_counts(write, account, bucket, monkeypatch, sqs):
    """The other one leaves it at that, and says nothing of a checkpoint."""
    bucket.put_object(Bucket=BUCKET, Key=object_key(1), Body=b"junk")
    first, blind = Bucket._first, []
    monkeypatch.setattr(Bucket, "_first", lambda self, key: blind.pop() if blind else first(self, key))
    monkeypatch.setattr(Bucket, "last", lambda self: None)
    for _ in range(2):
        blind.append(None)  # it looked before the other one wrote
        write()
    assert len(kept(account)) == 1
    versions = bucket.list_object_versions(Bucket=BUCKET)["Versions"]
    assert (len(versions), len(sqs.audited)) == (3, 1)
