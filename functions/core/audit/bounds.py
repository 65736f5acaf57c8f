"""What a batch adds to the chains at most, however much outsiders and agents send. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from functions.core.audit.messages import IDENTITY
from functions.core.audit.records import AuditRecord
from functions.core.platform.canonical import digest

# Records of one sender in a batch of the recorder: ten times what honest agents send.
MOST = 4_000
VERIFIERS = "webhook."
BLOCKS = 5  # the address blocks that a count of rejections names

Record = dict[str, Any]
Sender = tuple[str, str]


def bounded(records: Iterable[Record]) -> tuple[dict[str, list[Record]], list[Record]]:
    """The records of a batch by identity, in order of time, and the `flooded` records among them.

    Rejected deliveries become one record for each verifier and reason, because anybody can cause them. Of a sender with
    more than MOST records the rest becomes one `flooded` record with their count and digest.
    """
    kept: list[Record] = []
    rejections: dict[tuple[str, str], list[Record]] = {}
    for record in records:
        if record["kind"] == "rejected" and record["identity"].startswith(VERIFIERS):
            rejections.setdefault((record["identity"], record["decision"]), []).append(record)
        else:
            kept.append(record)
    kept += [_counted(rejected) for rejected in rejections.values()]
    by_sender: dict[Sender, list[Record]] = {}
    for record in sorted(kept, key=lambda record: record["at"]):
        by_sender.setdefault(_sender(record), []).append(record)
    floods = [_flooded(sender, sent[MOST:]) for sender, sent in by_sender.items() if len(sent) > MOST]
    chains: dict[str, list[Record]] = {}
    for (identity, _), sent in by_sender.items():
        chains.setdefault(identity, []).extend(sent[:MOST])
    if floods:
        chains.setdefault(IDENTITY, []).extend(floods)
    return chains, floods


def _sender(record: Mapping[str, Any]) -> Sender:
    """The chain of a record, and who caused it: on the recorder's own chain many can."""
    return record["identity"], record["reason"] if record["identity"] == IDENTITY else ""


def _counted(rejected: list[Record]) -> Record:
    """One record of deliveries that one verifier rejected for one reason. Its time and digest are the first one's."""
    blocks = Counter(record["resource"] for record in rejected)
    named = ", ".join(f"{count} from {block or 'an unknown address'}" for block, count in blocks.most_common(BLOCKS))
    others = len(blocks) - BLOCKS
    reason = f"{len(rejected)} deliveries: {named}" + (f", the others from {others} more blocks" if others > 0 else "")
    first = min(rejected, key=lambda record: record["at"])
    # Another batch, which a repeated receive makes, is another count.
    id = f"rejected/{digest(sorted(record['id'] for record in rejected))}"
    return {**first, "id": id, "resource": "", "reason": reason}


def _flooded(sender: Sender, dropped: list[Record]) -> Record:
    identity, reason = sender
    digests = {"dropped": digest(dropped)}
    return {
        **asdict(AuditRecord(f"flooded/{digests['dropped']}", dropped[-1]["at"], IDENTITY, "flooded")),
        "resource": identity,
        "reason": f"{len(dropped)} further records of a batch were dropped" + (f" ({reason})" if reason else ""),
        "digests": digests,
    }
