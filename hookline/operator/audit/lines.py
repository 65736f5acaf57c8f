"""The lines of an export: each is the canonical JSON of an object with one member, whose name is the kind of the line.

In this order: `export` (the request), `key` (public keys), `checkpoint` (oldest first), then for each chain, by name,
`chain` (the head before its records) and its `record`s, and last `summary`.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from functions.core.audit.chain import Head
from functions.core.platform.canonical import canonical

VERSION = 1


@dataclass(frozen=True)
class Chain:
    """The records of one identity's chain after the head `after`, and the stored `head` of the chain."""

    identity: str
    after: Head
    records: Iterable[Mapping[str, Any]]
    head: Head


@dataclass(frozen=True)
class ExportRequest:
    """The request for an export: records since a time ("" for all) of some identities (all if empty)."""

    at: str
    since: str = ""
    identities: tuple[str, ...] = ()


def line(kind: str, content: Any) -> bytes:
    """One line of an export."""
    return canonical({kind: content}) + b"\n"


def export(
    request: ExportRequest, keys: Mapping[str, str], checkpoints: Iterable[Mapping[str, Any]], chains: Iterable[Chain]
) -> Iterator[bytes]:
    """The lines of an export; `keys` are PEM texts by their ids, `chains` in the order of their names.

    The summary at the end has the numbers of records and checkpoints, the heads, and the digest of all lines before it.
    It shows whether an export was cut off.
    """
    written, counts = hashlib.sha256(), {"checkpoint": 0, "record": 0}
    heads: dict[str, Head] = {}
    for kind, content in _contents(request, keys, checkpoints, chains, heads):
        if kind in counts:
            counts[kind] += 1
        one = line(kind, content)
        written.update(one)
        yield one
    yield line("summary", summary(counts["checkpoint"], counts["record"], heads, written.hexdigest()))


def summary(checkpoints: int, records: int, heads: Mapping[str, Head], digest: str) -> dict[str, Any]:
    """The content of the last line of an export."""
    ends = {identity: asdict(head) for identity, head in heads.items()}
    return {"checkpoints": checkpoints, "records": records, "heads": ends, "digest": digest}


def _contents(
    request: ExportRequest,
    keys: Mapping[str, str],
    checkpoints: Iterable[Mapping[str, Any]],
    chains: Iterable[Chain],
    heads: dict[str, Head],
) -> Iterator[tuple[str, Any]]:
    yield "export", {"version": VERSION, **asdict(request)}
    yield from (("key", {"id": id, "pem": pem}) for id, pem in keys.items())
    yield from (("checkpoint", checkpoint) for checkpoint in checkpoints)
    for chain in chains:
        yield "chain", {"identity": chain.identity, "after": asdict(chain.after)}
        yield from (("record", record) for record in chain.records)
        heads[chain.identity] = chain.head
