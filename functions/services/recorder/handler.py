"""The recorder's Lambda handler: batches of the audit queue, a FIFO queue with a group for each identity."""

import json
from typing import Any

from functions.core import aws
from functions.core.canonical import digest
from functions.core.environment import RecorderEnvironment
from functions.core.identities import OPERATOR, PREFIX, function_name
from functions.core.log import log
from functions.core.times import rfc3339
from functions.services.recorder.append import Chains

IDENTITY = "service.recorder"
# What fits into the keys and, with its batch, into a transaction of the audit table.
LONGEST_NAME, LONGEST_RECORD = 1024, 50_000
environment = RecorderEnvironment.read()
chains = Chains(aws.client("dynamodb"), environment.audit_table, environment.heads_table)


def handler(payload: dict[str, Any], context: Any) -> dict[str, Any]:
    """Append each identity's records; where that fails, all of its messages come back, so their order is kept."""
    chained: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    for message in payload["Records"]:
        record = record_in(message)
        chained.setdefault(record["identity"], []).append((message["messageId"], record))
    failed: list[str] = []
    for identity, group in chained.items():
        try:
            chains.append(identity, [record for _, record in group])
        except Exception as error:  # noqa: BLE001 - whatever it is, the messages must come back and the others go on
            log.error("records come back", identity=identity, reason=f"{type(error).__name__}: {error}")
            failed += [id for id, _ in group]
        else:
            log.info("appended", identity=identity, records=len(group))
    return {"batchItemFailures": [{"itemIdentifier": id} for id in failed]}


def record_in(message: dict[str, Any]) -> dict[str, Any]:
    """The record in a message, where SQS vouches that it comes from the identity that it names.

    An operator's record also gets the `sender` that SQS vouches for. Anything else is put on record too, but on the
    recorder's own chain: it holds up and soils nobody's trail.
    """
    attributes = message["attributes"]
    sender_id = attributes["SenderId"]
    sender = sender_id.partition(":")[2]  # of a role: its id, and its session, which Lambda names after the function
    try:
        record = json.loads(message["body"])
        texts = [record[name] for name in ("id", "at", "identity", "kind", "correlation")]
        whole = all(isinstance(text, str) and len(text.encode()) <= LONGEST_NAME for text in texts)
        whole = whole and len(message["body"]) <= LONGEST_RECORD
        if whole and record["identity"] == OPERATOR and not sender.startswith(f"{PREFIX}-"):
            return {**record, "sender": sender_id}
        if whole and record["identity"] != OPERATOR and sender == function_name(record["identity"]):
            return record
        kind = "forged" if whole else "garbled"
    except (ValueError, KeyError, TypeError, RecursionError):
        kind = "garbled"
    return {
        "id": message["messageId"],
        "at": rfc3339(int(attributes["SentTimestamp"]) / 1000),
        "identity": IDENTITY,
        "kind": kind,
        "correlation": "",
        "resource": attributes["MessageGroupId"],
        "reason": f"sent by {sender or 'nobody known'}",
        "digests": {"message": digest(message["body"].encode())},
    }
