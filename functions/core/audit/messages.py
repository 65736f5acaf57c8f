"""Reads records from messages of the audit queues. SQS reports who sent a message, so no identity writes for another.

A message is a JSON list of records.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from functions.core.audit.records import AuditRecord
from functions.core.platform.canonical import digest
from functions.core.platform.identities import OPERATOR, function_name, is_ours
from functions.core.platform.times import rfc3339, sortable

IDENTITY = "service.recorder"
# In bytes. A correlation is the key of a row, and a record must fit its segment with others.
LONGEST_ID, LONGEST_CORRELATION, LONGEST_RECORD = 1024, 2000, 50_000
LARGEST_AMOUNT = 2**63 - 1  # of a record's usage
MOST_RECORDS = 2_000  # of a message; a flush has some hundreds at most
TEXTS = tuple(field.name for field in fields(AuditRecord) if field.type is str)


def foreign_function(message: Mapping[str, Any], identity: str) -> str:
    """The function that sent `message`, if it is one of ours and not that of `identity`; "" otherwise."""
    sender = _session(message)
    try:
        return sender if is_ours(sender) and sender != function_name(identity) else ""
    except ValueError:
        return sender


def records_in(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The records in a message that SQS confirms to be sent by the identity that they name.

    An operator's records also get the `sender` as SQS reports it. In place of every other record there is one on the
    recorder's own chain: it neither stops nor changes another identity's chain, and no message goes to the dead-letter
    queue unread.
    """
    try:
        contents = json.loads(message["body"])
    except (ValueError, RecursionError):
        contents = None
    if not isinstance(contents, list) or len(contents) > MOST_RECORDS:
        return [_refused(message, "garbled", 1)]
    judged = [_judged(message, content) for content in contents]
    refused = Counter(one for one in judged if isinstance(one, str))
    return [one for one in judged if not isinstance(one, str)] + [
        _refused(message, kind, count) for kind, count in refused.items()
    ]


def _judged(message: Mapping[str, Any], content: Any) -> dict[str, Any] | str:
    """The record in an element of a message, or the kind of the recorder's own record in place of it."""
    sender_id = message["attributes"]["SenderId"]
    sender = _session(message)
    try:
        record = parse_record(content)
    except (ValueError, TypeError, RecursionError):
        return "garbled"
    if record["identity"] == OPERATOR and not is_ours(sender):
        return {**record, "sender": sender_id}
    try:
        ours = record["identity"] != OPERATOR and sender == function_name(record["identity"])
    except ValueError:  # it is no identity
        return "garbled"
    return record if ours else "forged"


def _refused(message: Mapping[str, Any], kind: str, count: int) -> dict[str, Any]:
    """The recorder's own record of what a message holds that is no record of its sender: one for each kind of it."""
    sender = _session(message) or "an unknown sender"
    return {
        **asdict(AuditRecord("", "", IDENTITY, kind)),
        "id": f"{message['messageId']}/{kind}",
        "at": rfc3339(int(message["attributes"]["SentTimestamp"]) / 1000),
        "resource": message["attributes"].get("MessageGroupId", ""),
        "reason": f"sent by {sender}" + (f", {count} records" if count > 1 else ""),
        "digests": {"message": digest(message["body"].encode())},
    }


def _session(message: Mapping[str, Any]) -> str:
    """Of a role: its session, which Lambda names after the function. Operators have other sessions."""
    sender: str = message["attributes"]["SenderId"].partition(":")[2]
    return sender


def parse_record(content: Any) -> dict[str, Any]:
    """The record in an element of a message, complete and of the right types.

    Raises ValueError, TypeError or RecursionError for anything else. A record that the table refuses would return again
    and again, with its whole batch.
    """
    record = asdict(AuditRecord(**content))
    policies, digests, usage = record["policies"], record["digests"], record["usage"]
    lists = isinstance(policies, list | tuple) and isinstance(digests, dict) and isinstance(usage, dict)
    if not lists or not all(isinstance(text, str) for text in (*map(record.get, TEXTS), *policies, *digests.values())):
        raise TypeError("a field is of another type")
    if any(type(number) is not int or not 0 <= number <= LARGEST_AMOUNT for number in usage.values()):
        raise TypeError("an amount is not a whole number")
    fits = len(record["id"].encode()) <= LONGEST_ID and len(record["correlation"].encode()) <= LONGEST_CORRELATION
    if sortable(record["at"]) != record["at"] or not fits or len(json.dumps(record)) > LONGEST_RECORD:
        raise ValueError("a field is not a time, or is too long")
    return record
