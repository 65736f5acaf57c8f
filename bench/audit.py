"""The audit trail: the verification of an export, and the cost of one more record of a long chain in the recorder.

The recorder uses tables in memory that check its conditions. Its figures are calls and its own CPU time, without the
time of DynamoDB.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from statistics import median
from time import process_time
from typing import Any

from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from bench.checks import Check, show
from functions.core.audit import chain, checkpoint
from functions.core.audit.append import Chains, Tables
from functions.core.audit.chain import Head
from hookline.operator.audit import lines
from hookline.operator.audit.lines import Chain, ExportRequest
from hookline.operator.audit.verify import verify

RECORDS = 100_000
CHAINS = 20
CHECKPOINTS = 24 * 31
ROUNDS = 3
SECONDS = 10.0
TIMES_BARE = 6.0
BATCH = 10
SHORT = 1_000
FLAT = 1.25
FULL = 400  # a batch of the recorder
CALL_MILLISECONDS = 10  # assumed: DynamoDB says single-digit milliseconds
KEY = ec.derive_private_key(4711, ec.SECP256R1())


def run() -> list[Check]:
    """Measure, print, and return the checks."""
    checks = [*_verifying(), *_appending()]
    show(checks)
    return checks


def _verifying() -> list[Check]:
    export = list(_export())
    size = sum(map(len, export)) / 1e6
    print(f"\nverifying an export of {RECORDS:,} records ({size:.0f} MB, {CHAINS} chains, {CHECKPOINTS} checkpoints)\n")
    bare, ours = [], []
    for _ in range(ROUNDS):  # alternately, so that a disturbance affects both
        bare.append(_seconds(lambda: [(json.loads(one), hashlib.sha256(one).digest()) for one in export]))
        ours.append(_seconds(lambda: _must_be_whole(export)))
    print(f"  {'json.loads and sha256 of the same lines':52}{min(bare):8.2f} s")
    print(f"  {'verify':52}{min(ours):8.2f} s")
    return [
        Check(f"CPU seconds to verify {RECORDS:,} records", min(ours), SECONDS),
        Check("verify ÷ json.loads and sha256 of the same lines", min(ours) / min(bare), TIMES_BARE),
    ]


def _must_be_whole(export: Iterable[bytes]) -> None:
    if problems := verify(export, [KEY.public_key()]).problems:
        raise AssertionError(problems)


def _seconds(call: Any) -> float:
    """CPU seconds of a call: nothing in it waits, and other processes do not count."""
    start = process_time()
    call()
    return process_time() - start


def _export() -> Iterator[bytes]:
    each = RECORDS // CHAINS
    linked = {name: chain.link(Head(), [_record(name, n) for n in range(each)])[1] for name in _names()}
    signed: list[dict[str, Any]] = []
    for hour in range(1, CHECKPOINTS + 1):
        seq = each * hour // CHECKPOINTS
        heads = {name: Head(seq, items[seq - 1]["hash"]) for name, items in linked.items()}
        at = f"hour {hour}"
        signed.append(checkpoint.make(signed[-1] if signed else None, heads, at, "bench", _sign))
    chains = [Chain(name, Head(), items, Head(each, items[-1]["hash"])) for name, items in linked.items()]
    return lines.export(ExportRequest("now"), {}, signed, chains)


def _sign(text: bytes) -> bytes:
    return KEY.sign(text, ec.ECDSA(SHA256()))


def _names() -> list[str]:
    return [f"agent.bench{number:02}" for number in range(CHAINS)]


def _record(identity: str, number: int) -> dict[str, Any]:
    """A record like the gate's."""
    digests = {
        name: hashlib.sha256(f"{name}{number}".encode()).hexdigest() for name in ("arguments", "answer", "effect")
    }
    return {
        "id": f"{identity}-{number}",
        "at": "2026-09-21T12:00:00.000000Z",
        "identity": identity,
        "kind": "effected",
        "event": f"stripe:evt_{number}",
        "correlation": f"stripe:evt_{number}",
        "action": "stripe:review.approve",
        "resource": f"stripe:review/prv_{number}",
        "decision": "permit",
        "reason": "",
        "policies": ["cleared-payments"],
        "digests": digests,
    }


def _appending() -> list[Check]:
    print(f"\nthe first {SHORT:,} records of a chain, and alternately the last of {RECORDS:,}; {BATCH} at a time\n")
    tables = InMemory()
    chains = Chains(tables, Tables("segments", "chains", "trees"))
    for start in range(0, RECORDS - SHORT, BATCH):
        chains.append("agent.long", _batch("agent.long", start))
    took: dict[str, list[float]] = {"agent.short": [], "agent.long": []}
    calls: dict[str, float] = {}
    for start in range(0, SHORT, BATCH):
        for name, offset in (("agent.short", 0), ("agent.long", RECORDS - SHORT)):
            records, before = _batch(name, offset + start), tables.calls
            took[name].append(_seconds(lambda name=name, records=records: chains.append(name, records)))
            calls[name] = (tables.calls - before) / BATCH
    short, long = (_each(took[name]) for name in ("agent.short", "agent.long"))
    print(f"  {'':32}{'first 1,000':>14}{'last 1,000':>14}")
    print(f"  {'own CPU time per record, µs':32}{short:14.1f}{long:14.1f}")
    print(f"  {'calls to DynamoDB per record':32}{calls['agent.short']:14.2f}{calls['agent.long']:14.2f}")
    return [
        Check("time for one of the last records ÷ one of the first", long / short, FLAT),
        Check(
            "calls for one of the last 1,000 records ÷ one of the first",
            calls["agent.long"] / calls["agent.short"],
            1.0,
        ),
        _full_batch(tables, chains),
    ]


def _full_batch(tables: "InMemory", chains: Chains) -> Check:
    """What a full batch of the recorder takes if each record is of another event, which is the dearest case."""
    records, before = [_record("agent.full", number) for number in range(FULL)], tables.calls
    own = min(_seconds(lambda: chains.append("agent.full", records)) for _ in range(ROUNDS))
    calls = (tables.calls - before) / ROUNDS
    each = (own * 1000 + calls * CALL_MILLISECONDS) / FULL
    print(f"\n  {FULL} records at once: {calls:.0f} calls and {own * 1000:.1f} ms of own CPU time,")
    print(f"  so with {CALL_MILLISECONDS} ms a call one recorder appends {1000 / each:,.0f} records a second")
    return Check(f"ms for one record of a full batch, with {CALL_MILLISECONDS} ms a call", each, 1.0)


def _batch(identity: str, start: int) -> list[dict[str, Any]]:
    return [_record(identity, number) for number in range(start, start + BATCH)]


def _each(took: list[float]) -> float:
    """The median in microseconds per record, which a garbage collection does not change."""
    return median(took) / BATCH * 1e6


class InMemory:
    """The tables of the recorder in memory, with the operations and the condition that it uses."""

    def __init__(self) -> None:
        self.segments: dict[str, list[Mapping[str, Any]]] = {}
        self.calls = 0

    def query(self, ExpressionAttributeValues: Mapping[str, Any], **_: Any) -> dict[str, Any]:
        """The last segment of a chain."""
        self.calls += 1
        return {"Items": self.segments.get(ExpressionAttributeValues[":chain"]["S"], [])[-1:]}

    def put_item(self, TableName: str, Item: Mapping[str, Any], **_: Any) -> dict[str, Any]:
        """Put a segment behind the others, or the name of a chain."""
        self.calls += 1
        if TableName == "segments":
            chain = self.segments.setdefault(Item["chain"]["S"], [])
            if chain and int(Item["first"]["N"]) <= int(chain[-1]["last"]["N"]):
                raise ClientError({"Error": {"Code": "ConditionalCheckFailedException"}}, "PutItem")
            chain.append(Item)
        return {}

    def batch_write_item(self, RequestItems: Mapping[str, Any]) -> dict[str, Any]:
        """Write rows of the index."""
        self.calls += 1
        return {}
