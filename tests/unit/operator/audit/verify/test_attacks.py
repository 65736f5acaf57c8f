"""An export is whole as written; every change of it is found, and the first is named."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from functions.core.audit import chain, checkpoint
from functions.core.audit.chain import Head
from functions.core.platform.canonical import canonical
from hookline.operator.audit import lines
from hookline.operator.audit.lines import Chain, ExportRequest
from hookline.operator.audit.verify import verify
from tests.unit.operator.audit.verify.exports import (
    CHAINS,
    CHECKPOINTS,
    FULL,
    KEY,
    KEY_ID,
    OTHER_KEY,
    STABLE,
    A,
    B,
    C,
    check,
    checkpoints,
    first,
    pem,
    position,
    position_of_checkpoint,
    record,
    signer,
    summed,
)


def test_an_export_is_whole_as_it_was_written():
    """And its report counts what it holds, and says what no checkpoint confirms."""
    report = check(FULL)
    assert (report.problems, report.records, report.chains, report.checkpoints) == ([], 15, 3, 3)
    assert report.notes == [
        "agent.fraud: no signed checkpoint confirms the records from 6 on, nor that 6 is the last",
    ]


def test_without_a_key_the_report_says_that_the_signatures_prove_nothing():
    """Anyone who writes the file can put a key into it."""
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


def test_a_rewritten_chain_contradicts_the_first_checkpoint_that_saw_it():
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
    """The summary is the last line."""
    assert "does not belong after 'summary'" in first([*FULL, FULL[1]])
    assert "not a line" in first([*FULL, b"\n"])


def test_a_forged_checkpoint_is_found():
    """Its content is not what its signature covers."""
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


def test_a_public_key_of_another_kind_is_a_problem():
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
