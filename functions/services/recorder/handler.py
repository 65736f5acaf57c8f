"""The recorder's Lambda handler: batches of the audit queue, a FIFO queue with a group for each identity."""

import json
from typing import Any

from functions.core import aws
from functions.core.audit import digest
from functions.core.environment import RecorderEnvironment
from functions.core.log import log
from functions.core.times import rfc3339
from functions.services.recorder.append import Chains

chains = Chains(aws.client("dynamodb"), RecorderEnvironment.read().audit_table)


def handler(payload: dict[str, Any], context: Any) -> dict[str, Any]:
    """Append each identity's records; where that fails, all of its messages come back, so their order is kept."""
    messages: dict[str, list[dict[str, Any]]] = {}
    for message in payload["Records"]:
        messages.setdefault(message["attributes"]["MessageGroupId"], []).append(message)
    failed: list[str] = []
    for identity, group in messages.items():
        try:
            chains.append(identity, [record_in(message) for message in group])
        except Exception as error:  # noqa: BLE001 - whatever it is, the messages must come back and the others go on
            log.error("records of %s come back: %s: %s", identity, type(error).__name__, error)
            failed += [message["messageId"] for message in group]
        else:
            log.info("appended", identity=identity, records=len(group))
    return {"batchItemFailures": [{"itemIdentifier": id} for id in failed]}


def record_in(message: dict[str, Any]) -> dict[str, Any]:
    """The record in a message; what is none is put on record as that, so that it holds up nobody's trail."""
    try:
        record = json.loads(message["body"])
        if all(isinstance(record[name], str) for name in ("id", "at", "identity", "kind", "correlation")):
            return record
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    sent = int(message["attributes"]["SentTimestamp"]) / 1000
    identity = message["attributes"]["MessageGroupId"]
    what = {"kind": "garbled", "correlation": "", "digests": {"message": digest(message["body"].encode())}}
    return {"id": message["messageId"], "at": rfc3339(sent), "identity": identity, **what}
