"""An export of less than everything says what it leaves out, and leaves out nothing else."""

import json
from collections.abc import Mapping

import pytest

from functions.core.audit.chain import Head
from hookline.operator.audit import lines
from hookline.operator.audit.lines import Chain, ExportRequest
from tests.unit.operator.audit.verify.exports import CHAINS, CHECKPOINTS, A, B, C, check, first, summed


def part(since: str, after: Mapping[str, int]) -> list[bytes]:
    """An export of what came later: each chain after so many records, the checkpoints from the third on."""
    chains = []
    for identity, items in CHAINS.items():
        cut = after.get(identity, 0)
        begin = Head(cut, items[cut - 1]["hash"]) if cut else Head()
        chains.append(Chain(identity, begin, items[cut:], Head(len(items), items[-1]["hash"])))
    return list(lines.export(ExportRequest("now", since), {}, CHECKPOINTS[2:], chains))


def test_an_export_since_a_time_is_whole_and_says_what_it_leaves_out():
    """Later checkpoints still confirm it."""
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
def test_an_export_since_a_time_omits_only_what_its_first_checkpoint_saw(after, missing):
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
