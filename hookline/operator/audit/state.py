"""The audit trail as it is stored now: its chains, its last checkpoint, and its verification."""

from collections.abc import Sequence
from typing import Any

from hookline.operator.account import Account
from hookline.operator.audit import stored
from hookline.operator.audit.progress import Progress, nothing, told
from hookline.operator.audit.signing_keys import fingerprint, from_pem
from hookline.operator.audit.verify import Report, verify
from hookline.operator.audit.words import sentence
from hookline.operator.errors import UnknownName
from hookline.operator.trail import Record, Trail, once

FEW = 20  # objects left out of an export that are named; the others are counted


def chains(account: Account) -> dict[str, Any]:
    """Every chain with its length, by identity, and the last checkpoint, ready for JSON. It reads no records."""
    last = stored.bucket(account).last()
    heads = Trail(account.client("dynamodb")).heads()
    signed = last["heads"] if last else {}
    keys = stored.public_keys(account)
    return {
        "chains": [
            {"identity": name, "records": head.seq, "confirmed": signed.get(name, {}).get("seq", 0)}
            for name, head in sorted(heads.items())
        ],
        "checkpoint": {"number": last["number"], "at": last["at"]} if last else None,
        "keys": [fingerprint(from_pem(pem)) for pem in keys.values()],
    }


def latest(account: Account, identity: str, most: int, below: int | None = None) -> dict[str, Any]:
    """The newest records of a chain with their sentences, the newest first, at most `most`, ready for JSON.

    `more` is the number to give as `below` for the older ones, None at the beginning of the chain. Raises UnknownName.
    """
    trail = Trail(account.client("dynamodb"))
    names = trail.identities()
    if identity not in names:
        raise UnknownName("chain of", identity, names)
    found = list[Record]()
    for record in trail.backwards(identity, below):
        found.append(record)
        if len(found) == most:
            break
    shown = [{**record, "says": sentence(record).plain} for record in once(found)]
    left = bool(found) and found[-1]["seq"] > 1
    return {"identity": identity, "records": shown, "more": found[-1]["seq"] if left else None}


def verified(account: Account, keys: Sequence[Any], now: float, progress: Progress = nothing) -> Report:
    """The report on the trail as it is stored now, verified with `keys` and the key in KMS.

    It reads all records, and keeps none: `progress` is called meanwhile.
    """
    own = [from_pem(pem) for pem in stored.public_keys(account).values()]
    left_out: list[str] = []
    records = sum(head.seq for head in Trail(account.client("dynamodb")).heads().values())
    report = verify(told(stored.export(account, now, left_out.append), records, progress), [*keys, *own])
    report.notes += [f"left out: {what}" for what in few(left_out)]
    return report


def few(found: Sequence[str]) -> list[str]:
    """The first objects and the number of others: anyone who can put one there can put thousands."""
    others = len(found) - FEW
    return [*found[:FEW], *([f"… and {others:,} more"] if others > 0 else [])]
