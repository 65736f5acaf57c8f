"""The recorder's Lambda handler: batches of the audit queue, a FIFO queue with a group for each identity."""

import json
from dataclasses import asdict, fields
from typing import Any

from functions.core.audit.append import Chains
from functions.core.audit.records import AuditRecord
from functions.core.platform import aws
from functions.core.platform.canonical import digest
from functions.core.platform.environment import RecorderEnvironment
from functions.core.platform.identities import OPERATOR, PREFIX, function_name
from functions.core.platform.log import log
from functions.core.platform.times import rfc3339, sortable

IDENTITY = "service.recorder"
# In bytes: a record's id and correlation are parts of keys of the audit table, and its batch is one transaction.
LONGEST_ID, LONGEST_CORRELATION, LONGEST_RECORD = 1024, 2000, 50_000
TEXTS = tuple(field.name for field in fields(AuditRecord) if field.type is str)
environment = RecorderEnvironment.read()
chains = Chains(aws.client("dynamodb"), environment.audit_table, environment.heads_table)


def handler(payload: dict[str, Any], context: Any) -> dict[str, Any]:
    """Append each identity's records. If that fails, all of its messages return to the queue, which keeps their order.

    A message in another identity's group is dropped instead: it would block that group, and only an attacker sends it.
    """
    chained: dict[str, list[tuple[dict[str, Any], dict[str, Any]]]] = {}
    for message in payload["Records"]:
        record = record_in(message)
        chained.setdefault(record["identity"], []).append((message, record))
    failed: list[str] = []
    for identity, group in chained.items():
        try:
            chains.append(identity, [record for _, record in group])
        except Exception as error:  # noqa: BLE001 - after any error the messages return and the other chains continue
            dropped = [record for message, record in group if strays(message)]
            log.error(
                "records return to the queue",
                identity=identity,
                reason=f"{type(error).__name__}: {error}",
                dropped=dropped,
            )
            failed += [message["messageId"] for message, _ in group if not strays(message)]
        else:
            log.info("appended", identity=identity, records=len(group))
    return {"batchItemFailures": [{"itemIdentifier": id} for id in failed]}


def strays(message: dict[str, Any]) -> bool:
    """Whether a function put its message into another identity's group."""
    attributes: dict[str, str] = message["attributes"]
    sender, group = attributes["SenderId"].partition(":")[2], attributes["MessageGroupId"]
    try:
        return sender.startswith(f"{PREFIX}-") and sender != function_name(group)
    except ValueError:
        return True


def record_in(message: dict[str, Any]) -> dict[str, Any]:
    """The record in a message, if SQS confirms that its sender is the identity that the record names.

    An operator's record also gets the `sender` as SQS reports it. Any other message becomes a record on the recorder's
    own chain: it neither blocks nor changes another identity's chain, and no message goes to the dead-letter queue
    unread.
    """
    attributes = message["attributes"]
    sender_id = attributes["SenderId"]
    sender = sender_id.partition(":")[2]  # of a role: its id, and its session, which Lambda names after the function
    try:
        record = whole(message["body"])
        if record["identity"] == OPERATOR and not sender.startswith(f"{PREFIX}-"):
            return {**record, "sender": sender_id}
        if record["identity"] != OPERATOR and sender == function_name(record["identity"]):
            return record
        kind = "forged"
    except (ValueError, TypeError, RecursionError):
        kind = "garbled"
    return {
        "id": message["messageId"],
        "at": rfc3339(int(attributes["SentTimestamp"]) / 1000),
        "identity": IDENTITY,
        "kind": kind,
        "correlation": "",
        "resource": attributes["MessageGroupId"],
        "reason": f"sent by {sender or 'an unknown sender'}",
        "digests": {"message": digest(message["body"].encode())},
    }


def whole(body: str) -> dict[str, Any]:
    """The record in a message's body, complete and of the right types.

    Raises ValueError, TypeError or RecursionError for anything else. A record that the table refuses would return again
    and again and block its group, which the sender chooses.
    """
    record = asdict(AuditRecord(**json.loads(body)))
    policies, digests = record["policies"], record["digests"]
    lists = isinstance(policies, list | tuple) and isinstance(digests, dict)
    if not lists or not all(isinstance(text, str) for text in (*map(record.get, TEXTS), *policies, *digests.values())):
        raise TypeError("a field is of another type")
    fits = len(record["id"].encode()) <= LONGEST_ID and len(record["correlation"].encode()) <= LONGEST_CORRELATION
    if sortable(record["at"]) != record["at"] or not fits or len(json.dumps(record)) > LONGEST_RECORD:
        raise ValueError("a field is not a time, or is too long")
    return record
