"""Records an operator's actions on the audit trail."""

import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from functions.core.audit.records import Audit, sqs_sender
from functions.core.platform.identities import OPERATOR
from functions.core.platform.log import log
from hookline.operator.account import Account
from infra import naming


def record_action(account: Account, kind: str, **what: Any) -> None:
    """Send one record to the chain of the operators; `what` are fields of AuditRecord.

    `who` is the ARN of the operator's credentials by STS. The recorder adds `sender`, their identity by SQS, so that
    `who` can be verified. Raises RetryableError if the audit queue does not accept the record.
    """
    record_actions(account, kind, [what])


def record_actions(account: Account, kind: str, whats: Iterable[Mapping[str, Any]]) -> None:
    """The same for several records of one kind; after an error, some of them may be recorded."""
    sqs = account.client("sqs")
    queue_url = sqs.get_queue_url(QueueName=naming.audit_queue(OPERATOR))["QueueUrl"]
    audit = Audit(OPERATOR, sqs_sender(sqs, queue_url, OPERATOR), time.time, lambda: str(uuid.uuid4()))
    who = account.client("sts").get_caller_identity()["Arn"]
    with _unlogged():
        for what in whats:
            audit.record(kind, who=who, **what)
    audit.flush()


@contextmanager
def _unlogged() -> Iterator[None]:
    """Suppress the log line of each record, which is for functions: here it would mix with the command's output."""
    level = log.log_level
    log.setLevel("ERROR")
    try:
        yield
    finally:
        log.setLevel(level)
