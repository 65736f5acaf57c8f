"""A checkpoint: what every chain of the audit trail ended at, signed, and chained to the checkpoint before. Pure.

It is a JSON object {at, number, previous, heads: {identity: {seq, hash}}, key, signature}: `previous` is the digest of
the checkpoint before, `key` the ARN of the KMS key, and `signature` the base64 of an ECDSA signature (DER, P-256) over
the SHA-256 of the canonical JSON of everything else.
"""

import base64
from collections.abc import Callable, Mapping
from typing import Any

from functions.core.canonical import canonical, digest
from functions.core.chain import GENESIS, Head

HIGHEST_NUMBER = 10**9 - 1  # hourly, that is a hundred thousand years

Sign = Callable[[bytes], bytes]


def make(
    previous: Mapping[str, Any] | None, heads: Mapping[str, Head], at: str, key: str, sign: Sign
) -> dict[str, Any]:
    """The checkpoint after `previous`; `sign` takes the text to sign and gives its signature."""
    unsigned = {
        "at": at,
        "number": previous["number"] + 1 if previous else 1,
        "previous": digest(previous) if previous else GENESIS,
        "heads": {identity: {"seq": head.seq, "hash": head.hash} for identity, head in heads.items()},
        "key": key,
    }
    return {**unsigned, "signature": base64.b64encode(sign(canonical(unsigned))).decode()}


def signed_text(checkpoint: Mapping[str, Any]) -> bytes:
    """The bytes that a checkpoint's signature is over."""
    return canonical({name: value for name, value in checkpoint.items() if name != "signature"})


def gone_back(previous: Mapping[str, Any] | None, heads: Mapping[str, Head]) -> list[str]:
    """The identities whose chains no longer hold what the previous checkpoint saw: shorter, other, or gone."""
    seen = previous["heads"] if previous else {}
    return [identity for identity, head in seen.items() if not _holds(heads.get(identity, Head()), head)]


def _holds(now: Head, then: Mapping[str, Any]) -> bool:
    return now.seq > then["seq"] or (now.seq, now.hash) == (then["seq"], then["hash"])


def object_key(number: int) -> str:
    """The key of a checkpoint in its bucket. S3 lists in order of keys, so the newest comes first."""
    return f"{HIGHEST_NUMBER - number:09}-{number}.json"
