"""Reads the content of an export from a deployed Hookline: checkpoints, keys and chains."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.exceptions import ClientError

from functions.core.audit.chain import Head
from functions.core.audit.checkpoint_bucket import Bucket, Checkpoint, Unreadable, Version
from functions.core.platform.canonical import digest
from functions.core.platform.times import rfc3339
from hookline.operator.account import Account
from hookline.operator.audit import lines
from hookline.operator.audit.lines import Chain, ExportRequest
from hookline.operator.audit.signing_keys import from_pem, is_signed, pem_of
from hookline.operator.errors import OperatorError, UnknownName
from hookline.operator.trail import Trail
from infra import naming

READERS = 8  # checkpoints that are fetched concurrently

LeftOut = Callable[[str], None]  # called for each object that the export leaves out, with the reason


def export(
    account: Account, now: float, left_out: LeftOut, since: str = "", identities: Sequence[str] = ()
) -> Iterator[bytes]:
    """The lines of an export of the trail. Raises UnknownName if an identity has no chain."""
    trail = Trail(account.client("dynamodb"))
    # The checkpoints are read before the heads, so no chain is shorter than in a checkpoint.
    checkpoints = stored_checkpoints(account, left_out, since)
    heads = trail.heads()
    if unknown := sorted(set(identities) - set(heads)):
        raise UnknownName("chain of", unknown[0], heads)
    request = ExportRequest(rfc3339(now), since, tuple(sorted(set(identities))))
    seen = {name: 0 if checkpoints else head.seq for name, head in heads.items()}
    if checkpoints:
        seen |= {name: head["seq"] for name, head in checkpoints[0]["heads"].items()}
    chains = (
        _chain(trail, name, head, since, seen[name])
        for name, head in heads.items()
        if not identities or name in identities
    )
    return lines.export(request, public_keys(account), checkpoints, chains)


def public_keys(account: Account) -> dict[str, str]:
    """The PEM text of the current signing key by its ARN, from KMS. Raises OperatorError if it cannot be read."""
    try:
        key = account.client("kms").get_public_key(KeyId=naming.CHECKPOINT_KEY)
    except ClientError as error:
        raise OperatorError(f"the key of the checkpoints cannot be read: {error}") from None
    return {key["KeyId"]: pem_of(key["PublicKey"])}


def bucket(account: Account) -> Bucket:
    """The bucket of the checkpoints; signatures are verified with the current signing key."""
    keys = [from_pem(pem) for pem in public_keys(account).values()]
    s3, identity = account.client("s3"), account.client("sts").get_caller_identity()
    name = naming.checkpoints_bucket(identity["Account"], s3.meta.region_name)
    return Bucket(s3, name, lambda checkpoint: is_signed(checkpoint, keys))


def stored_checkpoints(account: Account, left_out: LeftOut, since: str = "") -> list[Checkpoint]:
    """The checkpoints since a time, oldest first.

    For each number, it is the version that the next checkpoint names, or else the first that the key signed.
    Overwriting or hiding a checkpoint changes nothing, because the object lock keeps the version. If the key signed
    none of them, it is new, and the first version of each number is taken. All other objects are `left_out`. A missing
    checkpoint leaves a gap, which verification finds.
    """
    where = bucket(account)
    found: list[Checkpoint] = []
    others: list[tuple[Version, Checkpoint | str]] = []
    signed, named = False, ""
    for versions in _read(where):
        checkpoints = [one for _, one in versions if not isinstance(one, str)]
        ours = next((one for one in checkpoints if digest(one) == named), None)
        ours = ours or next(filter(where.is_signed, checkpoints), None)
        others += [(version, one) for version, one in versions if one is not ours]
        if ours:
            signed, named = True, ours["previous"]
            if ours["at"] < since:
                break
            found.append(ours)
    if not signed:
        firsts = {one["number"]: one for _, one in others[::-1] if not isinstance(one, str)}
        others = [(version, one) for version, one in others if isinstance(one, str) or one is not firsts[one["number"]]]
        found = [one for _, one in sorted(firsts.items(), reverse=True) if one["at"] >= since]
    for version, one in others:
        why = one if isinstance(one, str) else _why_not(one, where, found)
        left_out(f"{version.key}, version {version.id}: {why}")
    return found[::-1]


def _read(where: Bucket) -> Iterator[list[tuple[Version, Checkpoint | str]]]:
    """The versions of every object, each with its checkpoint or the reason why it is not one; newest number first."""
    objects = list(where.objects())
    with ThreadPoolExecutor(READERS) as pool:  # in batches: an export of new ones reads few
        for start in range(0, len(objects), READERS):
            yield from pool.map(
                lambda versions: [(version, _content(where, version)) for version in versions],
                objects[start : start + READERS],
            )


def _content(where: Bucket, version: Version) -> Checkpoint | str:
    try:
        return where.read(version) or "not a checkpoint"
    except Unreadable as error:
        return str(error)


def _why_not(one: Checkpoint, where: Bucket, found: Iterable[Checkpoint]) -> str:
    if any(one == other for other in found):
        return "a copy of the exported checkpoint"
    return "signed by our key, but not the exported one" if where.is_signed(one) else "not signed by our key"


def _chain(trail: Trail, identity: str, head: Head, since: str, seen: int) -> Chain:
    """The chain from its first record that is not older than `since`.

    An identity sets the times of its own records. So the records after number `seen`, the chain's end in the first
    checkpoint since then, are included whatever their times are.
    """
    records = trail.chain(identity, head.seq)
    after = Head()
    if since:
        for record in records:
            if record["at"] >= since or record["seq"] > seen:
                return Chain(identity, after, _beginning_with(record, records), head)
            after = Head(record["seq"], record["hash"])
    return Chain(identity, after, records, head)


def _beginning_with(first: Mapping[str, Any], others: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    yield first
    yield from others
