"""Segments: consecutive records of one chain, stored together in one DynamoDB item. Pure.

DynamoDB bills a write by its size, so the records are compressed, without what follows from their place: the chain's
name, the number, and the hash of the record before.
"""

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from functions.core.audit.chain import Head

# Bytes of uncompressed records in a segment. An item takes 400 KB, and records may not become smaller.
LARGEST = 300_000
FOLLOWS_FROM_PLACE = ("identity", "seq", "prev")

Record = Mapping[str, Any]


def parts(records: Iterable[Record]) -> Iterator[list[Record]]:
    """The records in lists that each fit a segment."""
    part: list[Record] = []
    size = 0
    for record in records:
        more = len(_line(record))
        if part and size + more > LARGEST:
            yield part
            part, size = [], 0
        part.append(record)
        size += more
    if part:
        yield part


def segment_item(identity: str, after: Head, linked: Sequence[Record], end: Head) -> dict[str, Any]:
    """The item of the records `linked`, which follow `after` on the chain of `identity` and end at `end`."""
    return {
        "chain": {"S": identity},
        "first": {"N": str(after.seq + 1)},
        "last": {"N": str(end.seq)},
        "prev": {"S": after.hash},
        "hash": {"S": end.hash},
        "records": {"B": zlib.compress(b"\n".join(map(_line, linked)), 9)},
    }


def records_in(item: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The records of a segment, as they were chained.

    In place of records that cannot be read, it yields one that does not follow on the chain, so that verification finds
    it.
    """
    identity, number, prev = item["chain"]["S"], int(item["first"]["N"]), item["prev"]["S"]
    try:
        contents = [json.loads(line) for line in _unpacked(item["records"]["B"]).split(b"\n")]
        hashes = [content["hash"] for content in contents]
    except (ValueError, KeyError, TypeError, zlib.error):
        yield {**UNREADABLE, "identity": identity, "seq": number}
        return
    for content, after in zip(contents, [prev, *hashes], strict=False):
        yield {**content, "identity": identity, "seq": number, "prev": after}
        number += 1


# What an unreadable segment is shown as. Its hash is that of no record.
UNREADABLE: Mapping[str, Any] = {
    "id": "",
    "at": "",
    "kind": "unreadable",
    "event": "",
    "causation": "",
    "correlation": "",
    "action": "",
    "resource": "",
    "decision": "",
    "reason": "the segment cannot be read",
    "digests": {},
    "prev": "",
    "hash": "",
}


def head_in(item: Mapping[str, Any]) -> Head:
    """The end of the chain whose last segment is `item`."""
    return Head(int(item["last"]["N"]), item["hash"]["S"])


def _line(record: Record) -> bytes:
    content = {name: value for name, value in record.items() if name not in FOLLOWS_FROM_PLACE}
    return json.dumps(content, separators=(",", ":")).encode()


def _unpacked(packed: bytes) -> bytes:
    """The decompressed bytes; more than a segment holds are not read. Raises ValueError if they are not whole."""
    reader = zlib.decompressobj()
    unpacked = reader.decompress(packed, LARGEST + 1_000_000)
    if not reader.eof:
        raise ValueError("not a whole segment")
    return unpacked
