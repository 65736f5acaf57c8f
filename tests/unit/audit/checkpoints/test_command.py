"""`hookline audit`: one identity's chain, a checkpoint made now, the key, and what it prints of junk."""

import hashlib
import json
import subprocess
from contextlib import suppress

import pytest
from click.testing import CliRunner

from functions.core.audit.checkpoint import object_key
from functions.core.platform.errors import PermanentError
from hookline.__main__ import hookline
from hookline.operator import account as accounts
from hookline.operator.audit.checkpointing import checkpoint_now
from hookline.operator.audit.signing_keys import fingerprint
from hookline.operator.errors import OperatorError
from tests.unit.audit.checkpoints.trail import BUCKET, A, B, grow


@pytest.fixture
def run(account, chains, monkeypatch):
    """Runs `hookline audit …` on the account."""
    monkeypatch.setattr(accounts, "account", lambda aws: account)
    return lambda *words: CliRunner().invoke(hookline, ["audit", *words])


class Lambda:
    """A Lambda that runs the checkpoints service as it is invoked; its errors are not returned, as in AWS."""

    def __init__(self, write) -> None:
        self.write = write
        self.invoked: list[dict[str, str]] = []

    def invoke(self, **how: str) -> None:
        self.invoked.append(how)
        with suppress(PermanentError):
            self.write()


@pytest.fixture
def function(account, write):
    account._clients["lambda"] = made = Lambda(write)
    return made


def test_the_chain_of_one_identity_is_shown_newest_last(run, chains):
    """A line a record, with its number, its time and what it says."""
    grow(chains, A, 1, 2)
    grow(chains, B, 1)
    first, second = run("show", "--identity", A).output.splitlines()
    assert first.split() == ["1", "2026-09-21T12:00:01.000000Z", "decided", "c"]
    assert second.split()[0] == "2"


def test_the_operators_chain_is_shown_in_words(run, chains):
    """It belongs to no event, so no tree holds it."""
    said = {
        "id": "1",
        "at": "2026-09-21T12:00:00.000000Z",
        "identity": "operator",
        "kind": "suspended",
        "event": "",
        "correlation": "",
        "action": "",
        "resource": "agent.fraud",
        "decision": "its queue is closed",
        "reason": "it is \x1b[2Kodd",
        "policies": [],
        "digests": {},
        "who": "arn:aws:iam::1:user/ada",
        "sender": "AIDA",
    }
    chains.append("operator", [said])
    line = run("show", "--identity", "operator").output
    assert "suspended agent.fraud: its queue is closed (it is \\x1b[2Kodd)" in line
    assert "sender AIDA who arn:aws:iam::1:user/ada" in line


def test_what_the_recorder_says_of_what_it_refused_is_shown(run, chains):
    """Though such a record holds less than others."""
    forged = {"id": "1", "at": "2026-09-21T12:00:00.000000Z", "identity": "service.recorder", "kind": "forged"}
    chains.append(
        "service.recorder", [{**forged, "correlation": "", "resource": A, "reason": "sent by x", "digests": {}}]
    )
    assert "in the group of agent.fraud (sent by x)" in run("show", "--identity", "service.recorder").output


def test_a_chain_is_shown_since_a_time_with_all_that_follows(run, chains):
    """Also what says of itself that it is older than what stands before it."""
    grow(chains, A, 1, 3, 2)
    shown = run("show", "--identity", A, "--since", "2026-09-21T12:00:03Z").output
    assert [line.split()[0] for line in shown.splitlines()] == ["2", "3"]


def test_a_chain_without_records_since_the_time_is_named(run, chains):
    """Beside the output, which is empty."""
    grow(chains, A, 1)
    shown = run("show", "--identity", A, "--since", "2030-01-01")
    assert (shown.exit_code, shown.stdout) == (0, "")
    assert "has no records since 2030-01-01" in shown.stderr


def test_an_identity_without_a_chain_is_answered_with_those_that_have_one(run, chains):
    """In one line."""
    grow(chains, A, 1)
    assert str(run("show", "--identity", "agent.nobody").exception) == (
        "there is no chain of 'agent.nobody' (did you mean agent.fraud?)"
    )


@pytest.mark.parametrize("words", [[], ["stripe:evt_1", "--identity", A], ["stripe:evt_1", "--since", "2026-01-01"]])
def test_show_takes_an_event_or_an_identity(run, words):
    """Not none, not both; and a tree is whole."""
    assert run("show", *words).exit_code == 2


def test_a_checkpoint_is_made_now(run, chains, function, kms):
    """With its number, time, heads and the fingerprint of its key."""
    grow(chains, A, 1)
    grow(chains, B, 1)
    made = run("checkpoint")
    first, second = made.output.splitlines()
    assert (made.exit_code, first.startswith("checkpoint 1 of 20"), first.endswith(": 2 heads")) == (0, True, True)
    assert second == f"signed by the key SHA-256 {fingerprint(kms.key.public_key())}"
    assert "checkpoint 2 of" in run("checkpoint").output


def test_a_checkpoint_is_asked_for_as_its_schedule_asks(run, function):
    """Were its answer waited for, what it fails at would raise no alarm."""
    run("checkpoint")
    assert [how["InvocationType"] for how in function.invoked] == ["Event"]


def test_a_chain_that_went_back_is_shown_with_the_new_checkpoint(run, chains, function, dynamodb):
    """Exit code 1."""
    grow(chains, A, 1)
    run("checkpoint")
    dynamodb.delete_item(TableName="segments", Key={"chain": {"S": A}, "first": {"N": "1"}})
    made = run("checkpoint")
    assert (made.exit_code, f"WRONG  {A}: does not extend its head" in made.output) == (1, True)


def test_a_checkpoint_that_is_not_written_is_one_clear_line(account, function):
    """After longer than the service may take."""
    function.write, waited = lambda: None, []
    with pytest.raises(OperatorError, match="no checkpoint was written"):
        checkpoint_now(account, waited.append)
    assert sum(waited) == pytest.approx(90, abs=1)


def test_the_key_is_written_as_openssl_reads_it(run, kms, tmp_path):
    """Its fingerprint is what anyone can make of it."""
    said = run("key")
    (tmp_path / "key.pem").write_text(said.stdout)
    words = ["openssl", "pkey", "-pubin", "-in", "key.pem", "-outform", "DER"]
    try:
        der = subprocess.run(words, cwd=tmp_path, capture_output=True, check=True).stdout
    except FileNotFoundError:
        pytest.skip("openssl is not on this machine")
    assert said.stderr == f"SHA-256 {hashlib.sha256(der).hexdigest()}\n"


def test_an_export_with_junk_beside_it_is_whole_and_says_so_apart(run, chains, write, bucket, tmp_path):
    """What is left out is named on standard error, and escaped."""
    grow(chains, A, 1)
    write()
    for number in range(30):
        bucket.put_object(Bucket=BUCKET, Key=f"\u202e{number:02}", Body=b"junk")
    export = run("export")
    lines = export.stderr.splitlines()
    assert (lines[0].startswith("left out: \\u202e00, version "), lines[-1]) == (True, "left out: … and 10 more")
    (tmp_path / "trail.jsonl").write_bytes(export.stdout_bytes)
    (tmp_path / "key.pem").write_text(run("key").stdout)
    offline = run("verify", str(tmp_path / "trail.jsonl"), "--key", str(tmp_path / "key.pem"))
    assert (offline.exit_code, "left out" in offline.output) == (0, False)
    exported = export.stdout_bytes.splitlines()
    assert exported and all(json.loads(line) for line in exported)


def test_verifying_what_is_stored_names_what_it_left_out(run, chains, write, bucket):
    """As a note: the true ones are whole."""
    write()
    bucket.put_object(Bucket=BUCKET, Key=object_key(5), Body=b"junk")
    found = run("verify")
    assert found.exit_code == 0
    assert f"note   left out: {object_key(5)}" in found.output
