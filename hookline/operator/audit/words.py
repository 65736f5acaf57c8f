"""What a record says, in words that need no knowledge of the system. The records themselves stay as they are."""

from collections.abc import Mapping
from typing import Any

from rich.text import Text

from hookline.operator.terminal import plain

COLOURS = {"denied": "red", "failed": "red", "rejected": "red", "refused": "red", "effected": "magenta"}
TOLD = ("id", "at", "identity", "kind", "event", "correlation", "action", "resource", "decision", "reason", "policies")
NOT_SHOWN = {*TOLD, "digests", "seq", "prev", "hash"}

# What the recorder says of what it refused has no more than it needs.
EMPTY: Mapping[str, Any] = {"action": "", "resource": "", "decision": "", "policies": (), "reason": ""}

Record = Mapping[str, Any]

# What follows an identity's name. The most particular one counts: of an identity, of the part of its name before the
# dot, or of any ("*"); its kind; and its decision, or any ("*"). {matter} is the action and the review.
WORDS: Mapping[tuple[str, str, str], str] = {
    ("webhook", "published", "*"): "verifies a delivery and publishes {action}{about}",
    ("webhook", "spilled", "*"): "verifies a delivery and keeps {action}{about} until the bus takes it",
    ("webhook", "duplicate", "*"): "had this delivery before: {action}{about}",
    ("webhook", "rejected", "*"): "rejects a delivery{because}",
    ("webhook", "kept", "*"): "sets aside a delivery that it cannot read, as {resource}",
    ("webhook", "handshake", "*"): "answers its provider, who asks whether it listens",
    ("webhook", "handshake", "ping"): "is greeted by its provider",
    ("agent", "received", "*"): "takes up {action}{about}",
    ("agent", "decided", "Done"): "decides that there is nothing to publish",
    ("agent", "decided", "Emit"): "decides to publish {action}",
    ("agent", "decided", "ApprovalRequired"): "asks a person about {action}",
    ("agent", "published", "*"): "publishes {action}",
    ("connector", "attempted", "*"): "sets about {action}{on}",
    ("connector", "effected", "*"): "has done {action}{on}",
    ("connector", "repeated", "*"): "does not do {action}{on} again: it is done",
    ("connector", "read", "*"): "answers {action}{on}",
    ("connector", "asked", "*"): "leaves {action}{on} to a person",
    ("connector", "denied", "*"): "denies {action}{on}{because}",
    ("connector", "circuit", "open"): "calls its provider no more for now: {resource}",
    ("connector", "circuit", "half_open"): "tries whether its provider is well again: {resource}",
    ("connector", "circuit", "closed"): "calls its provider again: {resource}",
    ("service.reviews", "asked", "*"): "asks people about {matter}",
    ("service.reviews", "approved", "*"): "takes the yes of {decision} to {matter}",
    ("service.reviews", "denied", "*"): "takes the no of {decision} to {matter}",
    ("service.reviews", "expired", "*"): "hears no decision in time on {matter}",
    ("service.reviews", "refused", "*"): "does not count the word of {decision} on {matter}",
    ("service.reviews", "refused", "BudgetExceeded"): "refuses what {resource} asks{because}",
    ("service.reviews", "refused", "Denied"): "refuses what {resource} asks{because}",
    ("service.reviews", "refused", "PermanentError"): "refuses what {resource} asks{because}",
    ("service.reviews", "published", "*"): "publishes {action}",
    ("service.reviews", "linked", "*"): "makes a link to decide on {matter}, for {decision}",
    ("service.context", "projected", "*"): "puts {action}{about} on the timelines",
    ("service.context", "denied", "*"): "keeps {action}{about} off the timelines{because}",
    ("service.context", "failed", "*"): "cannot put {action}{about} on the timelines{because}",
    ("service.drain", "drained", "*"): "publishes {action}{about}, which the bus had refused",
    ("service.addresses", "refreshed", "*"): "fetches the addresses that deliveries to {resource} come from",
    ("service.addresses", "failed", "*"): "cannot fetch the addresses that deliveries to {resource} come from",
    ("service.checkpoints", "checkpointed", "*"): "signs where all chains end, in {resource}",
    ("service.checkpoints", "failed", "*"): "finds chains that went back, when it signs {resource}",
    ("service.recorder", "forged", "*"): "gets a record that its sender has no right to, in the group of {resource}",
    ("service.recorder", "garbled", "*"): "gets what is no record, in the group of {resource}",
    ("operator", "suspended", "*"): "suspends {resource}{because}",
    ("operator", "resumed", "*"): "lets {resource} go on{because}",
    ("operator", "discarded", "*"): "discards {resource}{because}",
    ("operator", "redriven", "*"): "gives {resource} another try",
    ("operator", "rotated", "*"): "changes {resource}",
    ("operator", "set", "*"): "sets {resource}",
    ("*", "rejected", "*"): "rejects a message, which goes to the dead letters unread",
    ("*", "failed", "*"): "fails{at}{because}",
}


def told(record: Record) -> Text:
    """What a record says, as a terminal may show it: others may have written any of it."""
    whole = {**EMPTY, **record}
    words = Text(plain(_said(whole)), style=COLOURS.get(whole["kind"], "none"))
    return words.append(plain(" ".join(["", *_more(whole)])), style="none")


def words_for(identity: str, kind: str, decision: str) -> str | None:
    """The words for such a record, None where there are none of its own."""
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
        resource=resource or "what nobody named",
        decision=decision or "somebody",
        because=f": {decision}" if decision else "",
        matter=", ".join(filter(None, [action, resource])) or "a review",
        about=about,
        on=on,
        at=f" at {action or resource}" if action or resource else "",
    )


def _more(record: Record) -> list[str]:
    """By which policies, why, and whatever else a record holds beside what all of them hold."""
    parts = [record["policies"] and f"by {', '.join(record['policies'])}", record["reason"] and f"({record['reason']})"]
    parts += [f"{name} {value}" for name, value in sorted(record.items()) if name not in NOT_SHOWN and value]
    return [part for part in parts if part]
