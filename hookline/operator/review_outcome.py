"""What became of an approved action, by the records of the connector that performs it. Pure.

An agent cannot write them, and the connector has verified the approval whose review they name.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from functions.core.events.event import child_id
from functions.core.events.reviews import REVIEW_APPROVED, SOURCE
from functions.core.platform.canonical import digest
from functions.core.platform.errors import ConfigurationError, PermanentError
from functions.core.reviews.review import Review
from hookline.operator.audit.causation import event_of

Record = Mapping[str, Any]

DONE = ("effected", "repeated")
ENDS = ("attempted", "failed", "denied", "asked")
FINAL = (PermanentError.__name__, ConfigurationError.__name__)


def outcome(review: Review, records: Sequence[Record]) -> dict[str, str] | None:
    """What became of the action: `is`, and the same in `words`; None without an approved action.

    `is` is done, refused, failing, unknown, asked again, received or waiting. `records` are those of the causal tree.
    """
    if review.proposal is None or review.decision is None or review.decision.result != "approved":
        return None
    action = review.proposal.action
    approval = child_id(review.event.id, SOURCE, REVIEW_APPROVED)
    of_connector = [
        record
        for record in records
        if record["identity"] == f"connector.{action.connector}"
        and record.get("action") == f"{action.connector}:{action.operation}"
        and record.get("digests", {}).get("arguments") == digest(action.arguments)
        # Records of earlier versions name no review, only the event.
        and (record["review"] == review.id if "review" in record else event_of(record) == approval)
    ]
    of_connector.sort(key=_when)
    if done := next((record for record in of_connector if record["kind"] in DONE), None):
        return _said("done", f"done at {done['at']}, by the record of connector {action.connector}")
    if last := next((record for record in reversed(of_connector) if record["kind"] in ENDS), None):
        return _unfinished(last)
    agent = f"agent.{review.proposal.agent}"
    of_agent = [record for record in records if (record["identity"], event_of(record)) == (agent, approval)]
    if not of_agent:
        return _said("waiting", f"not attempted: {agent} has no record of receiving the approval yet")
    last = max(of_agent, key=_when)
    why = f", and failed: {last['reason']}" if last["kind"] == "failed" else ""
    return _said("received", f"not attempted: {agent} received the approval{why}")


def _when(record: Record) -> tuple[str, int]:
    """The order of one identity's records: by time, because batches can overtake each other on their way."""
    return record["at"], record["seq"]


def _unfinished(last: Record) -> dict[str, str]:
    why = f"{last['decision']}: {last['reason']}"
    if last["kind"] == "attempted":
        return _said("unknown", f"attempted at {last['at']}, and its result is not on record: it is still under way")
    if last["kind"] == "asked":
        return _said("asked again", f"not done at {last['at']}: {last['reason']}")
    if last["kind"] == "denied" or last["decision"] in FINAL:
        return _said("refused", f"refused at {last['at']}: {why}")
    return _said("failing", f"failed at {last['at']}: {why}; it is retried, or waits as a dead letter")


def _said(what: str, words: str) -> dict[str, str]:
    return {"is": what, "words": words}
