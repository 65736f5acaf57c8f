"""The hash chain of one identity's audit records. Pure: the recorder stores it, and anybody can verify it."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from functions.core.platform.canonical import canonical

GENESIS = "0" * 64


@dataclass(frozen=True)
class Head:
    """The end of a chain: the number and the hash of its last record; 0 and zeros if the chain is empty."""

    seq: int = 0
    hash: str = GENESIS


class ChainBroken(Exception):
    """A record differs from what was appended; the message has its number and the difference."""


def link(head: Head, records: Sequence[Mapping[str, Any]]) -> tuple[Head, list[dict[str, Any]]]:
    """Number and chain `records` after `head`, and return the new head and the records with seq, prev and hash.

    The hash is over all fields but itself.
    """
    linked = []
    for record in records:
        # The sender of a record does not choose its place.
        content = {name: value for name, value in record.items() if name != "hash"}
        body = {**content, "seq": head.seq + 1, "prev": head.hash}
        head = Head(head.seq + 1, record_hash(body))
        linked.append({**body, "hash": head.hash})
    return head, linked


def verify(records: Iterable[Mapping[str, Any]], head: Head | None = None) -> Head:
    """Follow a chain from its first record and return its end.

    Raises ChainBroken at the first record that was edited, removed, inserted or moved, and, given the expected `head`,
    also if the end was cut off.
    """
    end = Head()
    for record in records:
        end = follow(end, record)
    if head is not None and end != head:
        raise ChainBroken(f"the chain ends at record {end.seq}, its head says {head.seq}")
    return end


def follow(end: Head, record: Mapping[str, Any]) -> Head:
    """The end of a chain after `record`. Raises ChainBroken if it is not the record that follows `end`."""
    number = end.seq + 1
    if record.get("seq") != number:
        raise ChainBroken(f"record {number} is missing: {record.get('seq')!r} is in its place")
    if record.get("prev") != end.hash:
        raise ChainBroken(f"record {number} does not follow from the one before it")
    body = {name: value for name, value in record.items() if name != "hash"}
    if record.get("hash") != record_hash(body):
        raise ChainBroken(f"record {number} was changed after it was written")
    return Head(number, record["hash"])


def record_hash(body: Mapping[str, Any]) -> str:
    """SHA-256 over the canonical JSON of a record without its hash."""
    return hashlib.sha256(canonical(body)).hexdigest()
