"""Verifies an export of the audit trail with only its lines and public keys. Pure.

It finds edits, deletions, insertions, changes of order and cut ends, in records, in checkpoints and in the file itself.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from functions.core.audit import chain, checkpoint
from functions.core.audit.chain import GENESIS, ChainBroken, Head
from functions.core.audit.checkpoint import HEAD, has_shape
from functions.core.platform.canonical import canonical, digest
from hookline.operator.audit import lines
from hookline.operator.audit.signing_keys import PublicKey, from_pem, is_signed

MOST = 20  # problems in the report; the others are counted
# The kinds of lines that may follow each kind.
ORDER = {
    "": ("export",),
    "export": ("key", "checkpoint", "chain", "summary"),
    "key": ("key", "checkpoint", "chain", "summary"),
    "checkpoint": ("checkpoint", "chain", "summary"),
    "chain": ("record", "chain", "summary"),
    "record": ("record", "chain", "summary"),
    "summary": (),
}
FROM_THE_FIRST = {"seq": 0, "hash": GENESIS}
SHAPES: Mapping[str, Mapping[str, type]] = {
    "export": {"version": int, "at": str, "since": str, "identities": list},
    "key": {"id": str, "pem": str},
    "checkpoint": checkpoint.SHAPE,
    "chain": {"identity": str, "after": dict},
    "summary": {"checkpoints": int, "records": int, "heads": dict, "digest": str},
}


@dataclass(frozen=True)
class Problem:
    """A problem at a line of the export, and its chain and record if it has one."""

    line: int
    what: str
    chain: str = ""
    seq: int = 0

    def __str__(self) -> str:
        record = f", {self.chain} record {self.seq}" if self.chain else ""
        return f"line {self.line}{record}: {self.what}"


@dataclass
class Report:
    """The result of a verification; `notes` say what the export cannot prove.

    `problems` are the first ones, `others` the number of further ones. `is_export` is true if at least one line is a
    line of an export.
    """

    records: int = 0
    checkpoints: int = 0
    chains: int = 0
    is_export: bool = False
    problems: list[Problem] = field(default_factory=list)
    others: int = 0
    notes: list[str] = field(default_factory=list)


def verify(export: Iterable[bytes], keys: Sequence[PublicKey]) -> Report:
    """Verify the lines of an export, each with its newline, with the public keys that the auditor trusts.

    Without any, the keys in the export itself are used, and the report says so.
    """
    verification = _Verification(keys)
    for text in export:
        verification.read(text)
    return verification.finished()


@dataclass(frozen=True)
class _Vouched:
    """The hash of one record of a chain in a signed checkpoint."""

    hash: str
    number: int


class _Verification:
    def __init__(self, keys: Sequence[PublicKey]) -> None:
        self._report = Report()
        self._trusted = list(keys)
        self._own_keys: list[PublicKey] = []
        self._number = 0
        self._kind = ""
        self._asked: Mapping[str, Any] = {"since": "", "identities": []}
        self._digest = hashlib.sha256()
        self._first: Mapping[str, Any] | None = None  # checkpoint
        self._last: Mapping[str, Any] | None = None  # checkpoint
        self._signed = 0
        self._vouched: dict[str, dict[int, _Vouched]] = {}
        self._chain = ""
        self._expected: dict[int, _Vouched] = {}
        self._end = Head()
        self._broken: set[str] = set()
        self._ends: dict[str, Head] = {}
        self._readers = {
            "export": self._read_export,
            "key": self._read_key,
            "checkpoint": self._read_checkpoint,
            "chain": self._read_chain,
            "record": self._read_record,
            "summary": self._read_summary,
        }

    def read(self, text: bytes) -> None:
        self._number += 1
        kind, content = self._parsed(text)
        if kind != "summary":
            self._digest.update(text)
        if not kind:
            return
        self._report.is_export = True
        if kind not in ORDER[self._kind]:
            after = f"after {self._kind!r}" if self._kind else "at the beginning"
            self._wrong(f"a line of kind {kind!r} does not belong {after}")
        if kind in ("chain", "summary") and self._chain:
            self._end_chain()
        self._kind = kind
        self._readers[kind](content)

    def finished(self) -> Report:
        if self._kind != "summary":
            self._number += 1
            if self._chain:
                self._end_chain()
            self._wrong("the export was cut off: it does not end with a summary", chained=False)
        report = self._report
        report.chains = len(self._ends)
        report.notes[:0] = self._notes()
        return report

    def _parsed(self, text: bytes) -> tuple[str, Any]:
        """The kind and content of a line, "" if it is not a line of an export. Only the canonical form is valid."""
        try:
            whole = json.loads(text)
            ((kind, content),) = whole.items()
            exact = canonical(whole) + b"\n" == text
        except (ValueError, AttributeError, TypeError, RecursionError):
            self._wrong("not a line of an export")
            return "", None
        if not exact:
            self._wrong("not written in the canonical form")
        if kind == "record" and isinstance(content, dict):
            return kind, content
        if kind not in SHAPES or not has_shape(content, SHAPES[kind]):
            self._wrong("not a line of an export")
            return "", None
        return kind, content

    def _read_export(self, content: Mapping[str, Any]) -> None:
        self._asked = content
        if content["version"] != lines.VERSION:
            self._wrong(f"version {content['version']} of the format; known is {lines.VERSION}")

    def _read_key(self, content: Mapping[str, Any]) -> None:
        try:
            self._own_keys.append(from_pem(content["pem"]))
        except ValueError as error:
            self._wrong(str(error))

    def _read_checkpoint(self, content: Mapping[str, Any]) -> None:
        self._report.checkpoints += 1
        number, last, self._last = content["number"], self._last, content
        if not all(has_shape(head, HEAD) for head in content["heads"].values()):
            self._wrong(f"checkpoint {number} has invalid heads")
            return
        expected = last["number"] + 1 if last else 1
        if number != expected and (last or not self._asked["since"]):
            self._wrong(f"checkpoint {expected} is missing: {number} is in its place")
        elif number == 1 and content["previous"] != GENESIS:
            self._wrong("checkpoint 1 names a previous one")
        elif last and content["previous"] != digest(last):
            self._wrong(f"checkpoint {number} does not follow from the one before it")
        if not is_signed(content, self._trusted or self._own_keys):
            self._wrong(f"the signature of checkpoint {number} is by none of the keys, or the checkpoint was changed")
            return
        self._signed += 1
        self._first = self._first or content
        for identity, head in content["heads"].items():
            self._vouch(identity, head["seq"], _Vouched(head["hash"], number))

    def _vouch(self, identity: str, seq: int, said: _Vouched) -> None:
        earlier = self._vouched.setdefault(identity, {}).setdefault(seq, said)
        if earlier.hash != said.hash:
            self._wrong(f"checkpoints {earlier.number} and {said.number} contradict each other on {identity} {seq}")

    def _read_chain(self, content: Mapping[str, Any]) -> None:
        identity, after = content["identity"], content["after"]
        if not has_shape(after, HEAD) or (after["seq"] <= 0 and after != FROM_THE_FIRST):
            self._wrong("not a line of an export")
            after = FROM_THE_FIRST
        if self._ends and identity <= max(self._ends):
            self._wrong(f"the chain of {identity} is in the wrong place")
        self._chain, self._end = identity, Head(after["seq"], after["hash"])
        self._expected = self._vouched.get(identity, {})
        if self._end != Head() and not self._asked["since"]:
            self._broke(f"the records up to {self._end.seq} are missing", seq=1)
        elif self._first and self._end.seq > (saw := self._first["heads"].get(identity, FROM_THE_FIRST)["seq"]):
            # All records after the first checkpoint belong to the export, whatever their times are.
            self._broke(f"the records up to {self._end.seq} are missing, the first checkpoint has {saw}", seq=saw + 1)
        elif self._end.seq:
            self._report.notes.append(f"{identity}: the records 1 to {self._end.seq} are not in this export")
        self._compare()

    def _read_record(self, record: Mapping[str, Any]) -> None:
        self._report.records += 1
        identity = record.get("identity")
        if self._chain in self._broken:
            return  # records after a break prove nothing
        if identity != self._chain:
            self._broke(f"a record of {identity!r} is on this chain", seq=self._end.seq + 1)
            return
        try:
            self._end = chain.follow(self._end, record)
        except ChainBroken as error:
            self._broke(str(error), seq=self._end.seq + 1)
            return
        self._compare()

    def _compare(self) -> None:
        """Compare the end of the chain with the checkpoints' hash of the same record."""
        said = self._expected.get(self._end.seq)
        if said and said.hash != self._end.hash:
            before = max((seq for seq in self._expected if seq < self._end.seq), default=0)
            self._broke(
                f"checkpoint {said.number} signed another record: rewritten from some record after {before} on",
                seq=self._end.seq,
            )

    def _end_chain(self) -> None:
        identity, end = self._chain, self._end
        self._ends[identity], self._chain = end, ""
        if identity in self._broken:
            return
        last = max(self._expected, default=0)
        if last > end.seq:
            what = f"the chain ends here, checkpoint {self._expected[last].number} confirms {last} records"
            self._broke(what, seq=end.seq + 1, identity=identity)
        elif end.seq > last:
            unsigned = f"no signed checkpoint confirms the records from {last + 1} on, nor that {end.seq} is the last"
            self._report.notes.append(f"{identity}: {unsigned}")

    def _read_summary(self, content: Mapping[str, Any]) -> None:
        self._missing_chains()
        said = {name: head for name, head in content["heads"].items() if has_shape(head, HEAD)}
        for identity in sorted({*said, *self._ends} - self._broken):
            end, head = self._ends.get(identity), said.get(identity)
            if head is None or end is None:
                self._broke("either in the summary or among the chains, but not in both", seq=1, identity=identity)
            elif Head(**head) != end:
                what = f"the chain ends at record {end.seq}, its head in the summary says {head['seq']}"
                self._broke(what, seq=min(end.seq, head["seq"]) + 1, identity=identity)
        counts = lines.summary(self._report.checkpoints, self._report.records, self._ends, self._digest.hexdigest())
        if content != counts and not self._report.problems:
            wrong = [name for name in counts if counts[name] != content.get(name)] or ["unknown fields"]
            self._wrong(f"the summary does not match the lines before it: {', '.join(wrong)}")

    def _missing_chains(self) -> None:
        wanted = self._asked["identities"]
        for identity, vouched in sorted(self._vouched.items()):
            if identity not in self._ends and (not wanted or identity in wanted):
                last = max(vouched)
                what = f"the whole chain is missing, checkpoint {vouched[last].number} confirms {last} records"
                self._broke(what, seq=1, identity=identity)

    def _notes(self) -> list[str]:
        notes = []
        if not self._trusted:
            notes.append(
                "the signatures were verified only with the key in the export, which its author chose: "
                "give the real one with --key"
            )
        if not self._signed:
            notes.append("no signed checkpoint: the whole export can have been rewritten")
        if self._asked["since"]:
            first = f"checkpoints before {self._asked['since']} are not in this export, nor are older records"
            if self._first:
                first += f"; the first one here is {self._first['number']}, of {self._first['at']}"
            notes.append(first)
        if self._asked["identities"]:
            notes.append(f"the export is of {', '.join(map(str, self._asked['identities']))} only")
        return notes

    def _broke(self, what: str, seq: int, identity: str | None = None) -> None:
        name = self._chain if identity is None else identity
        self._broken.add(name)
        self._found(Problem(self._number, what, name, seq))

    def _wrong(self, what: str, chained: bool = True) -> None:
        inside = chained and self._chain and self._chain not in self._broken and self._kind in ("chain", "record")
        if inside:
            self._broke(what, seq=self._end.seq + 1)
        elif not (chained and self._chain):
            self._found(Problem(self._number, what))

    def _found(self, problem: Problem) -> None:
        if len(self._report.problems) < MOST:
            self._report.problems.append(problem)
        else:
            self._report.others += 1
