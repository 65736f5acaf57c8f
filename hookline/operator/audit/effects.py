"""Reads the ledger and the trail for `hookline.operator.audit.reconcile`."""

from collections.abc import Iterator
from typing import Any

from functions.core.gate.ledger import KEEP_SECONDS
from hookline.operator.account import Account
from hookline.operator.audit.progress import Progress, nothing, told
from hookline.operator.audit.reconcile import Entry, Queue, Reconciled, reconcile
from hookline.operator.queue_counts import messages
from hookline.operator.trail import Trail
from infra import naming


def reconciled(account: Account, now: float, progress: Progress = nothing) -> Reconciled:
    """Compare the ledger with the chains of all connectors.

    It reads both as a whole: `progress` is called meanwhile.
    """
    dynamodb = account.client("dynamodb")
    trail = Trail(dynamodb)
    connectors = {name: head for name, head in trail.heads().items() if name.startswith("connector.")}
    records = (record for name, head in connectors.items() for record in trail.chain(name, head.seq))
    total = sum(head.seq for head in connectors.values())
    return reconcile(told(records, total, progress), _entries(dynamodb), _queue(account), now)


def _entries(dynamodb: Any) -> Iterator[Entry]:
    pages = dynamodb.get_paginator("scan").paginate(TableName=naming.LEDGER_TABLE, ConsistentRead=True)
    for page in pages:
        for item in page["Items"]:
            if "status" not in item:  # a turn or the counter of a rotation, which no provider sees
                continue
            what = " on ".join(item[name]["S"] for name in ("operation", "entity") if name in item)
            yield Entry(
                key=item["key"]["S"].rpartition(":")[2],
                what=what or "an effect",
                done=item["status"]["S"] == "done",
                finished=float(item["expires"]["N"])
                - KEEP_SECONDS,  # the ledger keeps it for so long after its completion
                lease=float(item.get("lease", {"N": "0"})["N"]),
            )


def _queue(account: Account) -> Queue:
    name = naming.audit_queue("connector.")
    return Queue(messages(account, name), messages(account, naming.dead_letters(name)))
