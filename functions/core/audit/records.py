"""Audit records: each identity describes its own steps, and sends them to the queue that only the recorder reads.

A record never holds secrets, bodies, arguments or answers: `digests` holds their SHA-256, which proves them later.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.core.events.event import Event
from functions.core.platform.canonical import digest
from functions.core.platform.environment import Audited
from functions.core.platform.errors import RetryableError
from functions.core.platform.log import log
from functions.core.platform.platform import Platform
from functions.core.platform.times import Clock, rfc3339

LONGEST = 500  # characters of a field: text from outside must not make a record too large for the queue
LARGEST = 200_000  # bytes of a message, of the 1 MB that SQS takes; its first record may exceed them


@dataclass(frozen=True)
class AuditRecord:
    """One step of one identity. `at` is RFC 3339 in UTC with microseconds; `id` makes a repeated send harmless.

    `event` is the id of the event that the step is about, `causation` the id of that event's parent ("" for the first
    event of a tree), `correlation` the id of the first event of its tree. A `published` record is about the event that
    was published. `who` is the principal behind an identity that several people share. `destination` is the name of the
    destination that allowed the resource.

    A connector's `event` and `correlation` are those of the grant that it checked, `review` is the review whose
    approval that grant holds. `claimed` is the event that the agent says it handles, if that is another one;
    `causation` is its parent, as the agent says. If `event` is "" beside it, no valid grant was presented, and
    `correlation` is the agent's word too. `usage` are whole numbers: what a model call reserved or used, its tokens by
    kind, and its milliseconds.
    """

    id: str
    at: str
    identity: str
    kind: str
    event: str = ""
    causation: str = ""
    correlation: str = ""
    action: str = ""
    resource: str = ""
    decision: str = ""
    reason: str = ""
    who: str = ""
    destination: str = ""
    claimed: str = ""
    review: str = ""
    policies: Sequence[str] = ()
    digests: Mapping[str, str] = field(default_factory=dict)
    usage: Mapping[str, int] = field(default_factory=dict)


def about(event: Event) -> dict[str, str]:
    """The fields of a record about `event`: event, causation, correlation and resource."""
    return {
        "event": event.id,
        "causation": event.causationid or "",
        "correlation": event.correlationid,
        "resource": event.subject,
    }


class Audit:
    """Collects the records of one invocation and sends them together; `send` takes the body of a message.

    The record of an intent is flushed before its effect starts.
    """

    def __init__(
        self,
        identity: str,
        send: Callable[[str], None],
        clock: Clock,
        new_id: Callable[[], str],
    ) -> None:
        self.identity = identity
        self._send = send
        self._clock = clock
        self._new_id = new_id
        self._waiting: list[AuditRecord] = []

    def record(self, kind: str, **what: Any) -> None:
        """Add one record, and log it; `what` are fields of AuditRecord.

        Records with the same `id` are one record on the chain.
        """
        at = rfc3339(self._clock())
        short = {name: _plain(value) if isinstance(value, str) else value for name, value in what.items()}
        record = AuditRecord(at=at, identity=self.identity, kind=kind, **{"id": self._new_id()} | short)
        self._waiting.append(record)
        log.info(kind, **{name: value for name, value in asdict(record).items() if value and name != "kind"})

    def flush(self) -> None:
        """Send the waiting records, as few messages.

        Raises RetryableError if the queue cannot be reached; what was not sent waits for the next flush.
        """
        while self._waiting:
            lines: list[str] = []
            size = 0
            for record in self._waiting:
                line = json.dumps(asdict(record), separators=(",", ":"))
                size += len(line)
                if lines and size > LARGEST:
                    break
                lines.append(line)
            self._send(f"[{','.join(lines)}]")
            del self._waiting[: len(lines)]

    @property
    def waiting(self) -> int:
        """How many records wait for the next flush."""
        return len(self._waiting)

    def discard(self, keep: int) -> None:
        """Drop the waiting records but the first `keep`: those of an unverified request, while the queue takes none."""
        del self._waiting[keep:]


def _plain(text: str) -> str:
    """`text` as every queue and table takes it: text from outside must not keep a record off the chain."""
    return text[:LONGEST].encode("utf-8", "replace").decode()


def audit_of(platform: Platform, identity: str, environment: Audited) -> Audit:
    """The audit of a deployed identity."""
    send = sqs_sender(platform.client("sqs"), environment.audit_queue_url, identity)
    return Audit(identity, send, platform.clock, platform.new_id)


def sqs_sender(sqs: Any, queue_url: str, identity: str) -> Callable[[str], None]:
    """The `send` of Audit for an SQS queue.

    The group makes it a fair queue: the backlog of one identity does not delay the messages of others.
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
    """

    def send(body: str) -> None:
        try:
            sqs.send_message(QueueUrl=queue_url, MessageBody=body, MessageGroupId=identity)
        except (ClientError, BotoCoreError) as error:
            raise RetryableError(f"the audit queue cannot be reached: {error}") from error

    return send


def rejected(audit: Audit, message_id: str, body: str, error: Exception) -> None:
    """Add a record of a message that is not an event and moves to the dead-letter queue.

    Several receives of one message are one record. It holds the reason and the digest of the body, never the body.
    """
    audit.record(
        "rejected",
        id=message_id,
        decision=type(error).__name__,
        reason=str(error),
        digests={"message": digest(body.encode())},
    )


def replayed(audit: Audit, message_id: str, event: Event, replay: str) -> None:
    """Record that an event came in an operator's replay of the archive, before it is handled."""
    audit.record("replayed", id=f"{message_id} {replay}", action=event.type, reason=f"in {replay}", **about(event))


def retried(audit: Audit, message_id: str, event: Event, receives: int, tries: int) -> None:
    """Record that a message is tried again, before anything else: the process of the earlier try may have died.

    If the audit queue refuses the record, the message is retried later.
    """
    reason = f"try {tries}; an earlier try without a record of its end died"
    audit.record("retried", id=f"{message_id} {receives}", action=event.type, reason=reason, **about(event))
    audit.flush()
