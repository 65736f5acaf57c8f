"""What a provider sent for an event, where it is kept: the bucket of large bodies, or the record of an agent's run.

EventBridge's archive holds every event for 90 days and offers no read of one: it only replays. Timelines hold the typed
fields alone.
"""

import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.core.ingress.bodies import event_key
from hookline.operator.account import Clients
from hookline.operator.errors import OperatorError
from hookline.operator.records import stored
from infra import naming

LARGEST = 1_000_000  # bytes of a kept body that are read
NOT_KEPT = (
    "it is kept for events over 256 kB, and for those that a recorded agent handled; the archive holds it for 90 days, "
    "and can only replay it"
)


def find(account: Clients, correlation: str, event: str = "") -> dict[str, Any]:
    """The raw body of an event of the tree `correlation`, of its first one unless `event` is given; ready for JSON.

    `kept` is "bodies" (as it was sent) or "records" (redacted), "" if it is not kept; then `why` says so. `body` is the
    JSON value, or the beginning of its text if it is `cut`. Raises OperatorError if S3 refuses.
    """
    wanted = event or correlation
    try:
        found = _in_bodies(account, wanted) or _in_records(account, correlation, wanted)
    except (ClientError, BotoCoreError) as error:
        raise OperatorError(f"the kept bodies cannot be read: {error}") from None
    return {"event": wanted, "kept": "", "body": None, "cut": False, "why": "", **(found or {"why": NOT_KEPT})}


def _in_bodies(account: Clients, event: str) -> Mapping[str, Any] | None:
    s3, identity = account.client("s3"), account.client("sts").get_caller_identity()
    bucket = naming.bodies_bucket(identity["Account"], s3.meta.region_name)
    try:
        content = s3.get_object(Bucket=bucket, Key=event_key(event))["Body"].read(LARGEST + 1)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
            return None
        raise
    if len(content) > LARGEST:
        return {"kept": "bodies", "body": content[:LARGEST].decode(errors="replace"), "cut": True}
    try:
        return {"kept": "bodies", "body": json.loads(content)}
    except (ValueError, RecursionError):
        return {"kept": "bodies", "body": content.decode(errors="replace")}


def _in_records(account: Clients, correlation: str, event: str) -> Mapping[str, Any] | None:
    for run in stored.records(account).of_tree(correlation, event):
        raw = run.event.get("raw")
        if isinstance(raw, Mapping) and "body" in raw:
            return {"kept": "records", "body": raw["body"]}
    return None
