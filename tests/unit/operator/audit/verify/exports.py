"""An export of three chains and three checkpoints, and how tests change it."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import settings

from functions.core.audit import chain, checkpoint
from functions.core.audit.chain import Head
from functions.core.platform.canonical import digest
from hookline.operator.audit import lines
from hookline.operator.audit.lines import Chain, ExportRequest
from hookline.operator.audit.verify import Report, verify

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
    """The export with a summary that fits its lines again, as an attacker who knows the format would write it.

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
