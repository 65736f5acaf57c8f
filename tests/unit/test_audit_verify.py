"""Verifying an export of the audit trail: whole as exported, and every attack is found and named."""

import base64
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import example, given, settings
from hypothesis import strategies as st

from functions.core.audit import chain, checkpoint
from functions.core.audit.chain import Head
from functions.core.platform.canonical import canonical, digest
from hookline.__main__ import hookline
from hookline.operator.audit import lines
from hookline.operator.audit.lines import Chain, ExportRequest
from hookline.operator.audit.verify import MOST, Report, verify

KEY, OTHER_KEY = (ec.derive_private_key(number, ec.SECP256R1()) for number in (4711, 815))
KEY_ID = "arn:aws:kms:us-east-1:111122223333:key/checkpoints"
A, B, C = "agent.fraud", "connector.stripe", "webhook.stripe"
STABLE = settings(derandomize=True, deadline=None, database=None, max_examples=400)


def signer(key: ec.EllipticCurvePrivateKey) -> Callable[[bytes], bytes]:
    return lambda text: key.sign(text, ec.ECDSA(SHA256()))


def pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def record(identity: str, number: int) -> dict[str, Any]:
    at = f"2026-09-21T12:00:{number:02}.000000Z"
    more = {"reason": "é", "policies": [], "digests": {"arguments": "0" * 64}}
    return {"id": f"{identity}-{number}", "at": at, "identity": identity, "kind": "read", "correlation": "c", **more}


def linked(identity: str, count: int) -> list[dict[str, Any]]:
    return chain.link(Head(), [record(identity, number) for number in range(1, count + 1)])[1]


CHAINS = {A: linked(A, 6), B: linked(B, 4), C: linked(C, 5)}


def checkpoints(key: ec.EllipticCurvePrivateKey = KEY) -> list[dict[str, Any]]:
    """Three of them: after the second holds four records of A and two of B, C has not begun; A's last is not in any."""
    made: list[dict[str, Any]] = []
    ends = ({A: 2, B: 1}, {A: 4, B: 2}, {A: 5, B: 4, C: 5})
    for hour, lengths in enumerate(ends):
        seen = {identity: Head(n, CHAINS[identity][n - 1]["hash"]) for identity, n in lengths.items()}
        at = f"2026-09-21T{12 + hour}:30:00.000000Z"
        made.append(checkpoint.make(made[-1] if made else None, seen, at, KEY_ID, signer(key)))
    return made


CHECKPOINTS = checkpoints()
FULL = list(
    lines.export(
        ExportRequest("2026-09-21T15:00:00.000000Z"),
        {KEY_ID: pem(KEY)},
        CHECKPOINTS,
        [Chain(identity, Head(), items, Head(len(items), items[-1]["hash"])) for identity, items in CHAINS.items()],
    )
)


def check(export: list[bytes], *keys: ec.EllipticCurvePrivateKey) -> Report:
    return verify(export, [key.public_key() for key in keys or (KEY,)])


def first(export: list[bytes]) -> str:
    """The first problem of an export in words."""
    problems = check(export).problems
    assert problems, "nothing was found"
    return str(problems[0])


def summed(export: list[bytes], ends: Mapping[str, Head] | None = None) -> list[bytes]:
    """The export with a summary that fits its lines again, as somebody who knows the format would write it.

    Its heads are `ends`, or else what each chain ends at.
    """
    contents = [json.loads(line) for line in export[:-1]]
    records = [content["record"] for content in contents if "record" in content]
    found = ends or {item["identity"]: Head(item["seq"], item["hash"]) for item in records}
    counts = (sum("checkpoint" in content for content in contents), len(records))
    whole = lines.summary(*counts, found, digest(b"".join(export[:-1])))
    return [*export[:-1], lines.line("summary", whole)]


def position(identity: str, seq: int, export: list[bytes] = FULL) -> int:
    """Where a record stands in an export."""
    for place, line in enumerate(export):
        content = json.loads(line).get("record")
        if content and (content["identity"], content["seq"]) == (identity, seq):
            return place
    raise AssertionError("no such record")


def position_of_checkpoint(number: int) -> int:
    return next(n for n, line in enumerate(FULL) if json.loads(line).get("checkpoint", {}).get("number") == number)


def test_an_export_is_whole_as_it_was_written():
    """And its report counts what it holds, and says what no checkpoint confirms."""
    report = check(FULL)
    assert (report.problems, report.records, report.chains, report.checkpoints) == ([], 15, 3, 3)
    assert report.notes == [
        "agent.fraud: no signed checkpoint confirms the records from 6 on, nor that 6 is the last",
    ]


def test_without_a_key_the_report_says_that_the_signatures_prove_nothing():
    """The key in the file is the word of whoever wrote it."""
    report = verify(FULL, [])
    assert report.problems == []
    assert "only with the key in the export" in report.notes[0]


def test_an_edited_record_is_named():
    """With its chain, number and line, also where the summary was made to fit."""
    place = position(B, 2)
    changed = json.loads(FULL[place])
    changed["record"]["reason"] = "other"
    edited = [*FULL[:place], canonical(changed) + b"\n", *FULL[place + 1 :]]
    expected = f"line {place + 1}, connector.stripe record 2: record 2 was changed after it was written"
    assert first(edited) == first(summed(edited)) == expected


@pytest.mark.parametrize(("identity", "seq"), [(A, 1), (B, 2), (C, 3)])
def test_a_deleted_record_is_named(identity, seq):
    """By the number that is missing."""
    place = position(identity, seq)
    shorter = [*FULL[:place], *FULL[place + 1 :]]
    wanted = f"line {place + 1}, {identity} record {seq}: record {seq} is missing: {seq + 1} is in its place"
    assert first(shorter) == first(summed(shorter)) == wanted


def test_two_records_that_changed_places_are_named():
    """At the first of them."""
    one, two = position(A, 2), position(A, 3)
    swapped = [*FULL]
    swapped[one], swapped[two] = FULL[two], FULL[one]
    assert first(summed(swapped)).startswith(f"line {one + 1}, agent.fraud record 2: record 2 is missing")


def test_an_inserted_record_is_named():
    """However well it is chained to the one before it."""
    place = position(A, 3)
    before = json.loads(FULL[place - 1])["record"]
    _, (forged,) = chain.link(Head(2, before["hash"]), [record(A, 9)])
    longer = [*FULL[:place], lines.line("record", forged), *FULL[place:]]
    assert first(summed(longer)).startswith(f"line {place + 2}, agent.fraud record 4: record 4 is missing")


def test_a_record_moved_to_another_chain_is_named():
    """Even as the right number of it."""
    one, two = position(A, 3), position(B, 3)
    swapped = [*FULL]
    swapped[one], swapped[two] = FULL[two], FULL[one]
    wanted = f"line {one + 1}, agent.fraud record 3: a record of 'connector.stripe' is on this chain"
    assert first(summed(swapped)) == wanted


def test_a_chain_that_was_written_anew_contradicts_the_first_checkpoint_that_saw_it():
    """Every hash fits and so does the summary; only the signature's word does not."""
    anew = chain.link(Head(), [{**record(A, n), "reason": "nicer" if n == 4 else "é"} for n in range(1, 7)])[1]
    export = [*FULL]
    for content in anew:
        export[position(A, content["seq"])] = lines.line("record", content)
    ends = {identity: Head(len(items), items[-1]["hash"]) for identity, items in {**CHAINS, A: anew}.items()}
    wanted = "agent.fraud record 4: checkpoint 2 signed another record: rewritten from some record after 2 on"
    assert first(summed(export, ends)).endswith(wanted)


@pytest.mark.parametrize("left", [0, 1, 3])
def test_a_chain_that_was_cut_below_a_checkpoint_is_named(left):
    """By the record that should come next."""
    export = [line for n, line in enumerate(FULL) if not position(C, 1) + left <= n < len(FULL) - 1]
    ends = {name: head for name, head in json.loads(FULL[-1])["summary"]["heads"].items() if name != C}
    cut = {name: Head(**head) for name, head in ends.items()}
    cut[C] = Head(left, CHAINS[C][left - 1]["hash"]) if left else Head()
    problem = first(summed(export, cut))
    assert problem.endswith(f"webhook.stripe record {left + 1}: the chain ends here, checkpoint 3 confirms 5 records")


def test_a_chain_that_is_missing_as_a_whole_is_named():
    """With its heading gone too."""
    export = [*FULL[: position(C, 1) - 1], FULL[-1]]
    ends = {name: Head(**head) for name, head in json.loads(FULL[-1])["summary"]["heads"].items() if name != C}
    problem = first(summed(export, ends))
    assert "webhook.stripe record 1: the whole chain is missing, checkpoint 3 confirms 5 records" in problem


def test_an_end_that_no_checkpoint_saw_is_held_against_the_head_in_the_summary():
    """It was read from where the heads are kept, not from the records."""
    place = position(A, 6)
    cut = [*FULL[:place], *FULL[place + 1 :]]
    assert "agent.fraud record 6: the chain ends at record 5, its head in the summary says 6" in first(cut)


@pytest.mark.parametrize("left", [1, 3, 7, len(FULL) - 1])
def test_a_file_that_was_cut_off_is_found_by_itself(left):
    """Its summary is missing."""
    assert "cut off" in " ".join(map(str, check(FULL[:left]).problems))


def test_nothing_at_all_is_not_an_export():
    """An empty file is not a whole trail."""
    assert first([]) == "line 1: the export was cut off: it does not end with a summary"


def test_what_stands_behind_the_summary_is_found():
    """There is nothing more to say."""
    assert "does not belong after 'summary'" in first([*FULL, FULL[1]])
    assert "not a line" in first([*FULL, b"\n"])


def test_a_forged_checkpoint_is_found():
    """One that says something else under a signature of another text."""
    place = position_of_checkpoint(3)
    forged = json.loads(FULL[place])
    forged["checkpoint"]["heads"][A]["seq"] = 4
    export = [*FULL[:place], canonical(forged) + b"\n", *FULL[place + 1 :]]
    assert first(summed(export)).startswith(f"line {place + 1}: the signature of checkpoint 3 is by none")


def test_checkpoints_signed_by_another_key_are_found():
    """Also where that key stands in the file: only the auditor's own counts."""
    chains = [Chain(name, Head(), items, Head(len(items), items[-1]["hash"])) for name, items in CHAINS.items()]
    export = list(lines.export(ExportRequest("now"), {KEY_ID: pem(OTHER_KEY)}, checkpoints(OTHER_KEY), chains))
    assert len([p for p in check(export).problems if "is by none of the keys" in p.what]) == 3
    assert verify(export, []).problems == []
    assert check(export, KEY, OTHER_KEY).problems == []


def test_a_public_key_of_another_kind_is_none():
    """And no traceback."""
    line = lines.line("key", {"id": "x", "pem": "-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----\n"})
    assert first(summed([FULL[0], line, *FULL[2:]])).startswith("line 2: not the PEM of a public key")


@pytest.mark.parametrize("number", [1, 2])
def test_a_removed_checkpoint_is_found(number):
    """Its successor says that it was there."""
    place = position_of_checkpoint(number)
    problem = first(summed([*FULL[:place], *FULL[place + 1 :]]))
    assert problem == f"line {place + 1}: checkpoint {number} is missing: {number + 1} is in its place"


def test_a_checkpoint_of_another_history_is_found():
    """Well signed, with the right number, and not after the one before it."""
    place = position_of_checkpoint(2)
    stranger = checkpoint.make(
        {**CHECKPOINTS[0], "at": "other"}, {A: Head(2, CHAINS[A][1]["hash"])}, "then", KEY_ID, signer(KEY)
    )
    export = [*FULL[:place], lines.line("checkpoint", stranger), *FULL[place + 1 :]]
    assert first(summed(export)) == f"line {place + 1}: checkpoint 2 does not follow from the one before it"


def test_checkpoints_that_changed_places_are_found():
    """Their numbers say so."""
    one, two = position_of_checkpoint(1), position_of_checkpoint(2)
    swapped = [*FULL]
    swapped[one], swapped[two] = FULL[two], FULL[one]
    assert first(summed(swapped)).startswith(f"line {one + 1}: checkpoint 1 is missing")


def test_a_line_that_is_written_another_way_is_found():
    """Were two texts good for one record, the digest of a file would say nothing of its records."""
    place = position(A, 2)
    loose = json.dumps(json.loads(FULL[place])).encode() + b"\n"
    assert "not written in the canonical form" in first(summed([*FULL[:place], loose, *FULL[place + 1 :]]))
    twice = FULL[place].replace(b'{"record":{', b'{"record":{"at":"x",')
    assert "not written in the canonical form" in first(summed([*FULL[:place], twice, *FULL[place + 1 :]]))


def test_chains_that_changed_places_are_found():
    """They stand in the order of their names."""
    a, b, c = position(A, 1) - 1, position(B, 1) - 1, position(C, 1) - 1
    assert "is in the wrong place" in first(summed([*FULL[:a], *FULL[b:c], *FULL[a:b], *FULL[c:]]))


@st.composite
def edits(draw: Any) -> bytes:
    """The export with one byte changed, removed or added anywhere."""
    whole = b"".join(FULL)
    place = draw(st.integers(0, len(whole) - 1))
    how = draw(st.sampled_from(["change", "remove", "add"]))
    if how == "remove":
        return whole[:place] + whole[place + 1 :]
    byte = draw(st.integers(0, 255).filter(lambda byte: how == "add" or byte != whole[place]))
    return whole[:place] + bytes([byte]) + whole[place + (how == "change") :]


@given(edits())
@example(b"".join(FULL)[:-1])
@example(b"".join(FULL) + b"\n")
@example(b"".join(FULL).replace(b"\n", b"\r\n", 1))
@STABLE
def test_one_byte_anywhere_is_found(edited):
    """Changed, removed or added, the newline at the end included; against a trusted key and without one."""
    assert check(split(edited)).problems
    assert verify(split(edited), []).problems


def split(text: bytes) -> list[bytes]:
    """The lines of a text as a file gives them."""
    *whole, rest = text.split(b"\n")
    return [*(line + b"\n" for line in whole), *([rest] if rest else [])]


@given(st.binary(max_size=200))
@STABLE
def test_nothing_that_is_read_raises(text):
    """Whatever stands in a file, it is a problem and never a traceback."""
    assert check(split(text)).problems
    assert check([*FULL[:3], *split(text), *FULL[3:]]).problems or not text


@pytest.mark.parametrize("kind", ["export", "key", "checkpoint", "chain", "record", "summary"])
@pytest.mark.parametrize("content", [None, [], {}, {"heads": 1}, {"seq": "1", "identity": 7, "hash": []}], ids=repr)
def test_a_line_of_another_shape_is_a_problem_and_no_traceback(kind, content):
    """In the place of the first line of its kind."""
    place = next(n for n, line in enumerate(FULL) if next(iter(json.loads(line))) == kind)
    assert check([*FULL[:place], lines.line(kind, content), *FULL[place + 1 :]]).problems


def part(since: str, after: Mapping[str, int]) -> list[bytes]:
    """An export of what came later: each chain after so many records, the checkpoints from the third on."""
    chains = []
    for identity, items in CHAINS.items():
        cut = after.get(identity, 0)
        begin = Head(cut, items[cut - 1]["hash"]) if cut else Head()
        chains.append(Chain(identity, begin, items[cut:], Head(len(items), items[-1]["hash"])))
    return list(lines.export(ExportRequest("now", since), {}, CHECKPOINTS[2:], chains))


def test_an_export_since_a_time_is_whole_and_says_what_it_leaves_out():
    """Later checkpoints vouch for it all the same."""
    report = check(part("2026-09-21T14:00:00.000000Z", {A: 4, B: 4}))
    assert report.problems == []
    assert "agent.fraud: the records 1 to 4 are not in this export" in report.notes
    assert any("checkpoints before 2026-09-21T14" in note for note in report.notes)


def test_a_beginning_that_is_cut_off_an_export_of_everything_is_found():
    """Nobody asked for less."""
    problems = " ".join(map(str, check(part("", {A: 4})).problems))
    assert "agent.fraud record 1: the records up to 4 are missing" in problems
    assert "checkpoint 1 is missing" in problems


@pytest.mark.parametrize(("after", "missing"), [({A: 6}, "agent.fraud record 6"), ({B: 4, C: 5}, "")])
def test_an_export_since_a_time_leaves_out_nothing_that_its_first_checkpoint_did_not_see(after, missing):
    """What was recorded later was asked for; else everything could be cut away under an early time."""
    problems = " ".join(map(str, check(part("2026-09-21T14:00:00.000000Z", after)).problems))
    assert (missing in problems, bool(problems)) == (True, bool(missing))


def test_an_export_since_a_time_begins_where_the_checkpoint_says():
    """What it comes after is held against the checkpoint that saw it."""
    export = part("2026-09-21T14:00:00.000000Z", {B: 4})
    place = next(n for n, line in enumerate(export) if json.loads(line).get("chain", {}).get("identity") == B)
    forged = lines.line("chain", {"identity": B, "after": {"seq": 4, "hash": "1" * 64}})
    ends = {name: Head(len(items), items[-1]["hash"]) for name, items in CHAINS.items()} | {B: Head(4, "1" * 64)}
    assert "checkpoint 3 signed another record" in first(summed([*export[:place], forged, *export[place + 1 :]], ends))


def test_an_export_of_one_identity_misses_no_other():
    """And says that it is of one."""
    chains = [Chain(A, Head(), CHAINS[A], Head(6, CHAINS[A][-1]["hash"]))]
    report = check(list(lines.export(ExportRequest("now", identities=(A,)), {}, CHECKPOINTS, chains)))
    assert report.problems == []
    assert "the export is of agent.fraud only" in report.notes


def test_a_trail_without_a_checkpoint_is_whole_and_says_that_nothing_is_signed():
    """As in the first hour."""
    chains = [Chain(A, Head(), CHAINS[A], Head(6, CHAINS[A][-1]["hash"]))]
    report = check(list(lines.export(ExportRequest("now"), {}, [], chains)))
    assert report.problems == []
    assert "no signed checkpoint" in report.notes[0]


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
    """Whoever wrote the file may not be whom the auditor believes."""
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
def test_what_is_no_export_is_said_in_one_line(tmp_path, content):
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


def test_an_export_whose_first_line_is_damaged_is_one_all_the_same(run, tmp_path):
    """And what else is wrong with it is named."""
    place = position(B, 2)
    export = [b"%PDF-1.7\n", *FULL[1:place], *FULL[place + 1 :]]
    found = run(export, "--key", str(tmp_path / "key.pem"))
    assert found.exit_code == 1
    assert "WRONG  line 1: not a line of an export" in found.output
    assert "connector.stripe record 2: record 2 is missing" in found.output


def test_of_many_problems_the_first_are_told_and_the_others_counted(run, tmp_path):
    """A file with other newlines has one a line."""
    export = [FULL[0], *(b"junk\n" for _ in range(500)), *FULL[1:]]
    found = run(export, "--key", str(tmp_path / "key.pem"))
    wrong = [line for line in found.output.splitlines() if line.startswith("WRONG")]
    assert (found.exit_code, len(wrong)) == (1, MOST + 1)
    assert wrong[0] == "WRONG  line 2: not a line of an export"
    assert wrong[-1] == f"WRONG  … and {500 - MOST} other problems"
    assert "500 problems" in found.output
