"""Audit records as sentences in the past tense. The records themselves do not change."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from rich.text import Text

from functions.core.audit.records import AuditRecord
from functions.core.gate.budgets import dollars
from hookline.operator.terminal import plain

COLOURS = {"denied": "red", "failed": "red", "rejected": "red", "refused": "red", "effected": "magenta"}
# Fields that the sentence holds, or that are not for people; any other field is shown with its name.
NOT_NAMED = {field.name for field in fields(AuditRecord)} - {"who", "claimed", "review"} | {"seq", "prev", "hash"}

# The recorder's own records have fewer fields.
EMPTY: Mapping[str, Any] = {"action": "", "resource": "", "decision": "", "policies": (), "reason": ""}

Record = Mapping[str, Any]

# The text after an identity's name, by the identity or the part of its name before the dot, its kind, and its decision.
# "*" matches any; the most specific entry counts. {matter} is the action and the review.
WORDS: Mapping[tuple[str, str, str], str] = {
    ("webhook", "published", "*"): "verified a delivery and published {action}{about}",
    ("webhook", "published", "reconciled"): "published {action}{about}, which was sent and did not arrive",
    ("webhook", "spilled", "*"): "verified a delivery and queued {action}{about} until the bus accepts it",
    ("webhook", "spilled", "reconciled"): "queued {action}{about}, which was sent and did not arrive",
    ("webhook", "duplicate", "*"): "received a duplicate delivery of {action}{about}",
    ("webhook", "rejected", "*"): "rejected a delivery{because}",
    ("webhook", "kept", "*"): "quarantined an unreadable delivery as {resource}",
    ("webhook", "doubted", "*"): "took a delivery for a copy of {action}, and kept it as {resource}",
    ("webhook", "handshake", "*"): "answered the provider's handshake",
    ("webhook", "handshake", "ping"): "answered the provider's ping",
    ("agent", "received", "*"): "received {action}{about}",
    ("agent", "duplicate", "*"): "received a copy of {action}{about}, which it has handled",
    ("*", "replayed", "*"): "received {action}{about} again, from the archive",
    ("*", "retried", "*"): "tried {action}{about} again",
    ("agent", "decided", "Done"): "decided to publish nothing",
    ("agent", "decided", "Emit"): "decided to publish {action}",
    ("agent", "decided", "WaitFor"): "decided to wait for {action}",
    ("agent", "passed", "*"): "received {action}{about}, which nothing waits for",
    ("agent", "resumed", "*"): "received {action}{about}, which it waited for",
    ("agent", "matched", "*"): "ended its wait{about} with {action}",
    ("agent", "decided", "ApprovalRequired"): "decided to ask a person about {action}",
    ("agent", "decided", "ApprovalReported"): "decided to report on an approved action",
    ("agent", "published", "*"): "published {action}",
    ("connector", "attempted", "*"): "attempted {action}{on}",
    ("connector", "effected", "*"): "completed {action}{on}",
    ("connector", "repeated", "*"): "did not repeat {action}{on}: already completed",
    ("connector", "redelivered", "attempted"): "asks for another delivery: {action}",
    ("connector", "redelivered", "accepted"): "gets another delivery: {action}",
    ("connector", "read", "*"): "read {action}{on}",
    ("connector", "linked", "*"): "reached {resource} for {action}{because}",
    ("connector", "extended", "*"): "extended the grant of {resource}{because}",
    ("connector", "unlinked", "*"): "found no link of {resource}{because}",
    ("connector", "reserved", "*"): "reserved the budget of {action}{on}",
    ("connector", "settled", "*"): "settled the budget of {action}{on}",
    ("connector", "asked", "*"): "required approval of {action}{on}",
    ("connector", "denied", "*"): "denied {action}{on}{because}",
    ("connector", "shadowed", "*"): "would have answered {action}{on} with {decision} by policies in shadow",
    ("connector", "circuit", "open"): "opened the circuit breaker: {resource}",
    ("connector", "circuit", "half_open"): "half-opened the circuit breaker: {resource}",
    ("connector", "circuit", "closed"): "closed the circuit breaker: {resource}",
    ("service.reviews", "asked", "*"): "opened a review of {matter}",
    ("service.reviews", "approved", "*"): "recorded the approval by {decision} of {matter}",
    ("service.reviews", "denied", "*"): "recorded the denial by {decision} of {matter}",
    ("service.reviews", "expired", "*"): "received no decision in time on {matter}",
    ("service.reviews", "settled", "*"): "was told what became of {matter}: {decision}",
    ("service.reviews", "refused", "*"): "refused the decision by {decision} on {matter}",
    ("service.reviews", "refused", "BudgetExceeded"): "refused a review requested by {resource}{because}",
    ("service.reviews", "refused", "Denied"): "refused a review requested by {resource}{because}",
    ("service.reviews", "refused", "PermanentError"): "refused a review requested by {resource}{because}",
    ("service.reviews", "published", "*"): "published {action}",
    ("service.reviews", "linked", "*"): "created a link to decide on {matter}, requested by {decision}",
    ("service.context", "projected", "*"): "added {action}{about} to the timelines",
    ("service.context", "denied", "*"): "denied {action}{about} on the timelines{because}",
    ("service.context", "failed", "*"): "failed to add {action}{about} to the timelines{because}",
    ("service.drain", "drained", "*"): "published {action}{about} from the spill queue",
    ("service.addresses", "refreshed", "*"): "refreshed the address list of {resource}",
    ("service.addresses", "failed", "*"): "failed to refresh the address list of {resource}",
    ("service.reconcile", "reconciled", "*"): "compared what {resource} sent with what arrived{because}",
    ("service.checkpoints", "checkpointed", "*"): "signed the heads of all chains, in {resource}",
    ("service.checkpoints", "failed", "*"): "found chains that differ from the last checkpoint, for {resource}",
    ("service.recorder", "forged", "*"): "received a record in another identity's name, in the group of {resource}",
    ("service.recorder", "garbled", "*"): "received an invalid record, in the group of {resource}",
    ("operator", "suspended", "*"): "suspended {resource}{because}",
    ("operator", "resumed", "*"): "resumed {resource}{because}",
    ("operator", "removed", "*"): "removed {resource}{because}",
    ("operator", "cancelled", "*"): "cancelled a run of {resource}{because}",
    ("operator", "discarded", "*"): "discarded {resource}{because}",
    ("operator", "reconciled", "*"): "had {resource} reconciled",
    ("operator", "redriven", "*"): "redrove {resource}",
    ("operator", "replayed", "*"): "replayed {action} to {resource}",
    ("operator", "rotated", "*"): "rotated {resource}",
    ("operator", "set", "*"): "set {resource}",
    ("*", "unrecorded", "*"): "kept no record of {action}",
    ("*", "rejected", "*"): "rejected a message, which moved to the dead-letter queue unread",
    ("*", "failed", "*"): "failed{at}{because}",
}


def sentence(record: Record) -> Text:
    """The sentence of a record, safe for a terminal: any text in it can come from outside."""
    whole = {**EMPTY, **record}
    words = Text(plain(_said(whole)), style=COLOURS.get(whole["kind"], "none"))
    return words.append(plain(" ".join(["", *_more(whole)])), style="none")


def words_for(identity: str, kind: str, decision: str) -> str | None:
    """The template for such a record, None if missing."""
    for who in (identity, identity.partition(".")[0], "*"):
        for what in (decision, "*"):
            if words := WORDS.get((who, kind, what)):
                return words
    return None


def _said(record: Record) -> str:
    action, resource, decision = record["action"].replace(":", " ", 1), record["resource"], record["decision"]
    words = words_for(record["identity"], record["kind"], decision)
    if words is None:
        return " ".join(filter(None, [record["kind"], action, resource and f"on {resource}", decision]))
    about, on = (f" {word} {resource}" if resource else "" for word in ("about", "on"))
    return words.format(
        action=action or "what to do",
        resource=resource or "an unnamed resource",
        decision=decision or "an unknown person",
        because=f": {decision}" if decision else "",
        matter=", ".join(filter(None, [action, resource])) or "a review",
        about=about,
        on=on,
        at=f" at {action or resource}" if action or resource else "",
    )


def _more(record: Record) -> list[str]:
    """The policies, the reason, and the fields that not every record has."""
    parts = [record["policies"] and f"by {', '.join(record['policies'])}", record["reason"] and f"({record['reason']})"]
    parts += [used(record["usage"])] if record.get("usage") else []
    parts += [f"{name} {value}" for name, value in sorted(record.items()) if name not in NOT_NAMED and value]
    return [part for part in parts if part]


def used(usage: Mapping[str, int]) -> str:
    """The amounts of a record, as text: "812 tokens, 0.002 US dollars, 640 ms"."""
    tokens, microdollars, took = usage.get("tokens"), usage.get("microdollars"), usage.get("milliseconds")
    parts = [
        f"{tokens:,} tokens" if tokens is not None else "",
        f"{dollars(microdollars)} US dollars" if microdollars is not None else "",
        f"{took} ms" if took is not None else "",
    ]
    return ", ".join(filter(None, parts))
