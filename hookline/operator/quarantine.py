"""Quarantined bodies: signed deliveries that could not be read. Their id is their key in the bucket of bodies."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from hookline.operator.account import Account, Clients
from hookline.operator.dead_letter import DeadLetter, facts
from hookline.operator.operator_trail import record_action, record_actions
from infra import naming

UNREADABLE = "unreadable/"


def bodies(account: Clients, source: str = "") -> Iterator[DeadLetter]:
    """The quarantined bodies of a source, or of all of them."""
    s3, bucket = account.client("s3"), _bucket(account)
    for key in _keys(s3, bucket, f"{source}/" if source else ""):
        yield _body(s3, bucket, key)


def redrive(account: Account, wanted: str | None) -> Iterator[tuple[str, str]]:
    """Let verifiers read all bodies again, or the one with the id `wanted`; yields each id with its outcome."""
    for key in _keys(account.client("s3"), _bucket(account)):
        if wanted in (None, key):
            record_action(account, "redriven", resource=key)
            yield key, _read_again(account, key)


def discard(account: Account, letters: Sequence[DeadLetter], reason: str) -> Iterator[tuple[str, str]]:
    """Delete these bodies; yields the id and the reason of each that remains. Records them as dead letters are."""
    s3, bucket = account.client("s3"), _bucket(account)
    record_actions(account, "discarded", [{**facts(letter, letter.id), "reason": reason} for letter in letters])
    for letter in letters:
        try:
            s3.delete_object(Bucket=bucket, Key=letter.id)
        except (ClientError, BotoCoreError) as error:
            record_action(account, "failed", **{**facts(letter, letter.id), "action": "discard", "reason": str(error)})
            yield letter.id, str(error)


def _read_again(account: Account, key: str) -> str:
    function = naming.verifier(key.split("/")[1])
    answer = account.client("lambda").invoke(FunctionName=function, Payload=json.dumps({"redrive": key}))
    said = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        return f"still unreadable: {said.get('errorMessage', 'no reason given')}"
    return f"{said['new']} new events"


def _keys(s3: Any, bucket: str, within: str = "") -> Iterator[str]:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{UNREADABLE}{within}"):
        for item in page.get("Contents", []):
            yield item["Key"]


def _body(s3: Any, bucket: str, key: str) -> DeadLetter:
    text = s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode(errors="replace")
    try:
        reason = str(json.loads(text)["reason"])
    except (ValueError, KeyError, TypeError, RecursionError):
        reason = "not written by a verifier"
    return DeadLetter(key, key.split("/")[1], "", reason, text)


def _bucket(account: Clients) -> str:
    identity = account.client("sts").get_caller_identity()
    return naming.bodies_bucket(identity["Account"], account.client("s3").meta.region_name)
