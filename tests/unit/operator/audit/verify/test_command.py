"""`hookline audit verify` on a file: offline, and without trust in what the file holds."""

import base64
import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner

from functions.core.audit import checkpoint
from hookline.__main__ import hookline
from hookline.operator.audit import lines
from hookline.operator.audit.verify import MOST
from tests.unit.operator.audit.verify.exports import CHECKPOINTS, FULL, KEY, B, pem, position, summed


@pytest.fixture
def run(tmp_path) -> Callable[..., Any]:
    """Runs `hookline audit verify` on an export; the trusted key is in a file."""

    def verify_file(export: list[bytes], *options: str) -> Any:
        (tmp_path / "export.jsonl").write_bytes(b"".join(export))
        (tmp_path / "key.pem").write_text(pem(KEY))
        return CliRunner().invoke(hookline, ["audit", "verify", str(tmp_path / "export.jsonl"), *options])

    return verify_file


def test_the_command_verifies_a_file_offline(run, tmp_path):
    """Exit code 0 where it is whole, 1 where it is not."""
    good = run(FULL, "--key", str(tmp_path / "key.pem"))
    assert (good.exit_code, "valid: no problems" in good.output) == (0, True)
    bad = run([*FULL[:5], *FULL[6:]], "--key", str(tmp_path / "key.pem"))
    assert (bad.exit_code, "WRONG  line" in bad.output) == (1, True)


def test_the_command_says_when_no_key_was_given(run):
    """Loudly enough to be read."""
    assert "only with the key in the export" in run(FULL).output


def test_verifying_loads_nothing_of_aws():
    """An auditor needs the code, the file and the key."""
    program = (
        "import sys, hookline.operator.audit.verify; print(sorted({'boto3', 'botocore', 'aws_cdk'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_openssl_verifies_a_checkpoint(tmp_path):
    """An auditor needs not even our code for the signature."""
    (tmp_path / "key.pem").write_text(pem(KEY))
    (tmp_path / "text").write_bytes(checkpoint.signed_text(CHECKPOINTS[1]))
    (tmp_path / "signature").write_bytes(base64.b64decode(CHECKPOINTS[1]["signature"]))
    words = ["openssl", "dgst", "-sha256", "-verify", "key.pem", "-signature", "signature", "text"]
    try:
        done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("openssl is not on this machine")
    assert done.stdout.strip() == "Verified OK"


def test_a_chains_name_cannot_make_a_terminal_hide_what_is_wrong(tmp_path):
    """The file's author may not be the one that the auditor assumes."""
    evil = lines.line("chain", {"identity": "\x1b[2K", "after": {"seq": 5, "hash": "1" * 64}})
    (tmp_path / "export.jsonl").write_bytes(b"".join(summed([FULL[0], evil, FULL[-1]])))
    output = CliRunner().invoke(hookline, ["audit", "verify", str(tmp_path / "export.jsonl")], color=True).output
    assert ("WRONG" in output, "\x1b" in output) == (True, False)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + b"1 0 obj\n<< /Type /Catalog >>\nendobj\n" * 500,
        bytes(range(256)) * 100,
        b'{"a": 1}\n' * 1000,
        b'[{"record": {}}]\n',
        json.dumps({"export": {}, "records": []}, indent=1).encode(),
        b"\n" * 1000,
    ],
    ids=["empty", "a PDF", "binary", "lines of JSON", "a list", "one JSON object", "blank lines"],
)
def test_a_file_that_is_no_export_is_named_in_one_line(tmp_path, content):
    """Not a problem for each of its lines."""
    path = tmp_path / "something"
    path.write_bytes(content)
    done = subprocess.run(
        [sys.executable, "-m", "hookline", "audit", "verify", str(path)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"hookline: {path} is not an export of the audit trail: no line is from 'hookline audit export'\n"
    )


def test_an_export_whose_first_line_is_damaged_is_still_one(run, tmp_path):
    """And what else is wrong with it is named."""
    place = position(B, 2)
    export = [b"%PDF-1.7\n", *FULL[1:place], *FULL[place + 1 :]]
    found = run(export, "--key", str(tmp_path / "key.pem"))
    assert found.exit_code == 1
    assert "WRONG  line 1: not a line of an export" in found.output
    assert "connector.stripe record 2: record 2 is missing" in found.output


def test_of_many_problems_the_first_are_listed_and_the_others_counted(run, tmp_path):
    """A file with other newlines has one a line."""
    export = [FULL[0], *(b"junk\n" for _ in range(500)), *FULL[1:]]
    found = run(export, "--key", str(tmp_path / "key.pem"))
    wrong = [line for line in found.output.splitlines() if line.startswith("WRONG")]
    assert (found.exit_code, len(wrong)) == (1, MOST + 1)
    assert wrong[0] == "WRONG  line 2: not a line of an export"
    assert wrong[-1] == f"WRONG  … and {500 - MOST} other problems"
    assert "500 problems" in found.output
