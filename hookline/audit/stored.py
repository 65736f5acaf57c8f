"""Reads from a deployed Hookline what an export holds: checkpoints, keys, chains."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from typing import Any

from botocore.exceptions import ClientError

from functions.core.chain import Head
from functions.core.times import rfc3339
from hookline.account import Account
from hookline.audit import lines
from hookline.audit.lines import Asked, Chain
from hookline.audit.signing_keys import pem_of
from hookline.errors import OperatorError
from hookline.trail import Trail
from infra import naming

READERS = 8  # checkpoints that are fetched at once


def export(account: Account, now: float, since: str = "", identities: Sequence[str] = ()) -> Iterator[bytes]:
    """The lines of an export of the trail. Raises OperatorError for an identity that has no chain."""
    trail = Trail(account.client("dynamodb"))
    # Checkpoints first, then the heads: a chain is never shorter than what a checkpoint saw before it was read.
    checkpoints = stored_checkpoints(account, since)
    heads = trail.heads()
    if unknown := sorted(set(identities) - set(heads)):
        raise OperatorError(f"there is no chain of {', '.join(unknown)}; there is: {', '.join(heads)}")
    asked = Asked(rfc3339(now), since, tuple(sorted(set(identities))))
    seen = {name: 0 if checkpoints else head.seq for name, head in heads.items()}
    if checkpoints:
        seen |= {name: head["seq"] for name, head in checkpoints[0]["heads"].items()}
    chains = (
        _chain(trail, name, head, since, seen[name])
        for name, head in heads.items()
        if not identities or name in identities
    )
    return lines.export(asked, public_keys(account), checkpoints, chains)


def public_keys(account: Account) -> dict[str, str]:
    """The PEM text of the key that signs now, by its ARN, from KMS. Raises OperatorError where it cannot be read."""
    try:
        key = account.client("kms").get_public_key(KeyId=naming.CHECKPOINT_KEY)
    except ClientError as error:
        raise OperatorError(f"the key of the checkpoints cannot be read: {error}") from None
    return {key["KeyId"]: pem_of(key["PublicKey"])}


def stored_checkpoints(account: Account, since: str = "") -> list[Mapping[str, Any]]:
    """The checkpoints since a time, oldest first, each as it was first written.

    The object lock keeps every first version; whoever overwrote or hid one has changed nothing here. Raises
    OperatorError where an object is no checkpoint.
    """
    s3 = account.client("s3")
    bucket = _bucket(account)
    versions = _first_versions(s3, bucket)
    found: list[Mapping[str, Any]] = []
    with ThreadPoolExecutor(READERS) as pool:  # newest first, a handful at a time, until one is too old
        for start in range(0, len(versions), READERS):
            read = list(pool.map(lambda version: _read(s3, bucket, version), versions[start : start + READERS]))
            wanted = [checkpoint for checkpoint in read if checkpoint["at"] >= since]
            found += wanted
            if len(wanted) < len(read):
                break
    return found[::-1]


def _first_versions(s3: Any, bucket: str) -> list[Mapping[str, Any]]:
    """The first version of every object, in the order of their keys; versions of one key are listed newest first."""
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket)
    every = (version for page in pages for version in page.get("Versions", []))
    return [list(versions)[-1] for _, versions in groupby(every, key=lambda version: version["Key"])]


def _read(s3: Any, bucket: str, version: Mapping[str, Any]) -> Mapping[str, Any]:
    body = s3.get_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])["Body"].read()
    try:
        checkpoint = json.loads(body)
        checkpoint["at"] + ""
        [head["seq"] + 0 for head in checkpoint["heads"].values()]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise OperatorError(f"{version['Key']} in {bucket} is no checkpoint") from None
    return checkpoint


def _chain(trail: Trail, identity: str, head: Head, since: str, seen: int) -> Chain:
    """The chain from its first record that is not older than `since`, and all that follow it.

    A record's time is its identity's own word: those after number `seen`, where the first checkpoint since then saw the
    chain end, are there whatever they say.
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


def _bucket(account: Account) -> str:
    identity = account.client("sts").get_caller_identity()
    return naming.checkpoints_bucket(identity["Account"], account.client("s3").meta.region_name)
