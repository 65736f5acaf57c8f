"""Puts what an operator does on the audit trail, beside what the identities do."""

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


def put_on_record(account: Account, kind: str, **what: Any) -> None:
    """Send one record to the operators' chain; `what` are fields of AuditRecord.

    `who` is what STS says of the operator's credentials. The recorder adds `sender`, what SQS says of them, so that
    nobody has to be believed. Raises RetryableError where the audit queue does not take it.
    """
    put_all_on_record(account, kind, [what])


def put_all_on_record(account: Account, kind: str, whats: Iterable[Mapping[str, Any]]) -> None:
    """The same for several records of one kind; where it raises, some of them may be there."""
    sqs = account.client("sqs")
    queue_url = sqs.get_queue_url(QueueName=naming.AUDIT_QUEUE)["QueueUrl"]
    audit = Audit(OPERATOR, sqs_sender(sqs, queue_url), time.time, lambda: str(uuid.uuid4()))
    who = account.client("sts").get_caller_identity()["Arn"]
    with _unlogged():
        for what in whats:
            audit.record(kind, who=who, **what)
    audit.flush()


@contextmanager
def _unlogged() -> Iterator[None]:
    """A record is also logged, which is for a function's log: here it would stand between the command's own words."""
    level = log.log_level
    log.setLevel("ERROR")
    try:
        yield
    finally:
        log.setLevel(level)
