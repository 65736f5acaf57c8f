"""The audit trail: what an identity says of each of its steps, sent to the queue that only the recorder reads.

Text from outside and secrets never stand here in clear: `digests` hold SHA-256 of what must be provable later.
"""

import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.core.platform.canonical import digest
from functions.core.platform.errors import RetryableError
from functions.core.platform.log import log
from functions.core.platform.times import Clock, rfc3339

LONGEST = 500  # characters of a field: what others wrote must not make a record that no queue takes
BATCH = 10  # sqs:SendMessageBatch takes no more


@dataclass(frozen=True)
class AuditRecord:
    """One step of one identity. `at` is RFC 3339 in UTC with microseconds; `id` makes a repeated send harmless.

    `who` is the principal behind an identity that several people share. `destination` is the name of the destination
    that allowed the resource.
    """

    id: str
    at: str
    identity: str
    kind: str
    event: str = ""
    correlation: str = ""
    action: str = ""
    resource: str = ""
    decision: str = ""
    reason: str = ""
    who: str = ""
    destination: str = ""
    policies: Sequence[str] = ()
    digests: Mapping[str, str] = field(default_factory=dict)


class Audit:
    """Collects the records of one invocation and sends them together; `send` takes a list of SQS entries.

    A record of an intent is sent at once with `flush`, before the effect that it announces.
    """

    def __init__(self, identity: str, send: Callable[[list[dict[str, str]]], None], clock: Clock) -> None:
        self.identity = identity
        self._send = send
        self._clock = clock
        self._waiting: list[AuditRecord] = []

    def record(self, kind: str, **what: Any) -> None:
        """Note one step, and log it; `what` are fields of AuditRecord.

        With an `id` of their own, several records of one and the same step are one on the chain.
        """
        at = rfc3339(self._clock())
        short = {name: _plain(value) if isinstance(value, str) else value for name, value in what.items()}
        record = AuditRecord(at=at, identity=self.identity, kind=kind, **{"id": str(uuid.uuid4())} | short)
        self._waiting.append(record)
        log.info(kind, **{name: value for name, value in asdict(record).items() if value and name != "kind"})

    def flush(self) -> None:
        """Send what was noted. Raises RetryableError where the queue does not take it all; nothing is forgotten."""
        while self._waiting:
            batch = self._waiting[:BATCH]
            self._send([self._entry(position, record) for position, record in enumerate(batch)])
            del self._waiting[:BATCH]

    def forget(self) -> None:
        """Drop what waits: for records of what nobody trusted anyway, when the queue takes none."""
        self._waiting.clear()

    def _entry(self, position: int, record: AuditRecord) -> dict[str, str]:
        return {
            "Id": str(position),
            "MessageBody": json.dumps(asdict(record), separators=(",", ":")),
            "MessageGroupId": self.identity,
            "MessageDeduplicationId": record.id,
        }


def _plain(text: str) -> str:
    """A text that any queue and table takes: what others wrote must not keep a record off the chain."""
    return text[:LONGEST].encode("utf-8", "replace").decode()


def sqs_sender(sqs: Any, queue_url: str) -> Callable[[list[dict[str, str]]], None]:
    """The `send` of Audit for an SQS queue."""

    def send(entries: list[dict[str, str]]) -> None:
        try:
            answer = sqs.send_message_batch(QueueUrl=queue_url, Entries=entries)
        except (ClientError, BotoCoreError) as error:
            raise RetryableError(f"the audit queue cannot be reached: {error}") from error
        if answer.get("Failed"):
            raise RetryableError(f"the audit queue refused {len(answer['Failed'])} records")

    return send


def rejected(audit: Audit, message_id: str, body: str, error: Exception) -> None:
    """Note that a message is no event, and goes unread to the dead letters.

    However often it comes back it is one record. Anybody may have written it: its digest and the reason stand there.
    """
    audit.record(
        "rejected",
        id=message_id,
        decision=type(error).__name__,
        reason=str(error),
        digests={"message": digest(body.encode())},
    )
