"""Reads records from messages of the audit queue. SQS reports who sent a message, so no identity writes for another."""

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from functions.core.audit.records import AuditRecord
from functions.core.platform.canonical import digest
from functions.core.platform.identities import OPERATOR, PREFIX, function_name
from functions.core.platform.times import rfc3339, sortable

IDENTITY = "service.recorder"
# In bytes: a record's id and correlation are parts of keys of the audit table, and its batch is one transaction.
LONGEST_ID, LONGEST_CORRELATION, LONGEST_RECORD = 1024, 2000, 50_000
TEXTS = tuple(field.name for field in fields(AuditRecord) if field.type is str)


def foreign_function(message: Mapping[str, Any], identity: str) -> str:
    """The function that sent `message`, if it is one of ours and not that of `identity`; "" otherwise.

    Lambda names a role's session after the function. An operator, who redrives messages, has another session.
    """
    sender: str = message["attributes"]["SenderId"].partition(":")[2]
    try:
        return sender if sender.startswith(f"{PREFIX}-") and sender != function_name(identity) else ""
    except ValueError:
        return sender


def is_in_foreign_group(message: Mapping[str, Any]) -> bool:
    """Whether a function put its message into another identity's group."""
    return bool(foreign_function(message, message["attributes"]["MessageGroupId"]))


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
        record = parse_record(message["body"])
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


def parse_record(body: str) -> dict[str, Any]:
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
