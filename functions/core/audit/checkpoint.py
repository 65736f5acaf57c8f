"""A checkpoint: the heads of all audit chains, signed, and chained to the previous checkpoint. Pure.

It is a JSON object {at, number, previous, heads: {identity: {seq, hash}}, key, signature}: `previous` is the digest of
the previous checkpoint, `key` the ARN of the KMS key, and `signature` the base64 of an ECDSA signature (DER, P-256)
over the SHA-256 of the canonical JSON of everything else.
"""

import base64
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from functions.core.audit.chain import GENESIS, Head
from functions.core.platform.canonical import canonical, digest

HIGHEST_NUMBER = 10**9 - 1  # at one an hour, reached in a hundred thousand years

LARGEST = 10_000_000  # bytes, enough for about 80,000 chains; a larger object is not read

SHAPE: Mapping[str, type] = {"at": str, "number": int, "previous": str, "heads": dict, "key": str, "signature": str}
HEAD: Mapping[str, type] = {"seq": int, "hash": str}

Sign = Callable[[bytes], bytes]


def make(
    previous: Mapping[str, Any] | None, heads: Mapping[str, Head], at: str, key: str, sign: Sign
) -> dict[str, Any]:
    """The checkpoint after `previous`; `sign` returns the signature of a text."""
    unsigned = {
        "at": at,
        "number": previous["number"] + 1 if previous else 1,
        "previous": digest(previous) if previous else GENESIS,
        "heads": {identity: {"seq": head.seq, "hash": head.hash} for identity, head in heads.items()},
        "key": key,
    }
    return {**unsigned, "signature": base64.b64encode(sign(canonical(unsigned))).decode()}


def signed_text(checkpoint: Mapping[str, Any]) -> bytes:
    """The bytes that the signature of a checkpoint signs."""
    return canonical({name: value for name, value in checkpoint.items() if name != "signature"})


def regressed_chains(previous: Mapping[str, Any] | None, heads: Mapping[str, Head]) -> list[str]:
    """The identities whose chains do not extend the heads of the previous checkpoint: shorter, different or missing."""
    seen = previous["heads"] if previous else {}
    return [identity for identity, head in seen.items() if not _holds(heads.get(identity, Head()), head)]


def _holds(now: Head, then: Mapping[str, Any]) -> bool:
    return now.seq > then["seq"] or (now.seq, now.hash) == (then["seq"], then["hash"])


def object_key(number: int) -> str:
    """The key of a checkpoint in its bucket. S3 lists keys in order, so the newest is first."""
    return f"{HIGHEST_NUMBER - number:09}-{number}.json"


def number_in(key: str) -> int | None:
    """The number of the checkpoint of this key, None if it is the key of no checkpoint."""
    found = re.fullmatch(r"\d{9}-([1-9]\d{0,8})\.json", key, re.ASCII)
    number = int(found[1]) if found else 0
    return number if number and object_key(number) == key else None


def read(body: bytes, number: int) -> dict[str, Any] | None:
    """Checkpoint `number` from the bytes of an object, None if they are not that. Its signature is not verified."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return None
    whole = has_shape(content, SHAPE) and all(has_shape(head, HEAD) for head in content["heads"].values())
    return content if whole and content["number"] == number else None


def has_shape(content: Any, shape: Mapping[str, type]) -> bool:
    """Whether `content` is an object with exactly these names, and each value has its type."""
    return (
        isinstance(content, dict)
        and content.keys() == shape.keys()
        and all(type(content[name]) is kind for name, kind in shape.items())
    )
