"""What `hookline audit show` says of a record: in words that need no knowledge of the system, for every kind."""

import re
from itertools import product
from pathlib import Path

import pytest

from hookline.operator.audit.words import WORDS, sentence, words_for

ROOT = Path(__file__).parents[4]
OURS = [path for folder in ("functions", "hookline") for path in (ROOT / folder).rglob("*.py")]
RECORDED = re.compile(r'(?:[._]record|record_actions?)\(\s*(?:(?:where|account), )?"(\w+)"')
# Each kind of record with who writes it, as docs/audit.md has it.
KINDS = {
    "webhook.stripe": ["published", "duplicate", "spilled", "rejected", "kept", "handshake"],
    "agent.fraud": ["received", "retried", "duplicate", "published", "failed", "rejected"],
    "connector.stripe": ["attempted", "effected", "repeated", "read", "asked", "denied", "failed", "circuit"],
    "service.reviews": [
        "asked",
        "published",
        "approved",
        "denied",
        "expired",
        "refused",
        "linked",
        "rejected",
        "retried",
    ],
    "service.context": ["projected", "denied", "failed", "rejected", "retried"],
    "service.drain": ["drained", "rejected"],
    "service.addresses": ["refreshed", "failed"],
    "service.checkpoints": ["checkpointed", "failed"],
    "service.recorder": ["forged", "garbled"],
    "operator": ["suspended", "resumed", "removed", "rotated", "set", "redriven", "discarded"],
}
DECISIONS = {
    "decided": ["Done", "Emit", "ApprovalRequired", "ApprovalReported"],
    "circuit": ["open", "half_open", "closed"],
}


def record(identity: str, kind: str, **more) -> dict:
    empty = {"event": "", "action": "", "resource": "", "decision": "", "reason": "", "policies": [], "digests": {}}
    return {**empty, "identity": identity, "kind": kind, **more}


def said(identity: str, kind: str, **more) -> str:
    return sentence(record(identity, kind, **more)).plain.rstrip()


@pytest.mark.parametrize(
    ("identity", "kind"), [(who, kind) for who, kinds in KINDS.items() for kind in kinds if kind not in DECISIONS]
)
def test_every_kind_of_record_has_words(identity, kind):
    """Its kind alone says little."""
    assert words_for(identity, kind, "") is not None


@pytest.mark.parametrize(
    ("identity", "kind", "decision"),
    [
        *product(["agent.fraud"], ["decided"], DECISIONS["decided"]),
        *product(["connector.x"], ["circuit"], DECISIONS["circuit"]),
    ],
)
def test_every_decision_has_words(identity, kind, decision):
    """A type's name is none."""
    assert words_for(identity, kind, decision) is not None


def test_every_kind_that_the_code_puts_on_record_has_words():
    """This test fails for a kind that is added without words."""
    found = {kind for path in OURS for kind in RECORDED.findall(path.read_text())}
    assert {"published", "decided", "effected", "suspended", "rejected"} <= found
    assert found - {kind for _, kind, _ in WORDS} == set()


def test_no_words_leave_a_gap_where_a_record_says_less():
    """As records of what nobody trusts do."""
    assert WORDS
    for who, kind, decision in WORDS:
        text = said(f"{who}.x" if who in ("webhook", "agent", "connector") else who, kind, decision=decision)
        assert not re.search(r"  |\{|\bon$|\babout$|: $", text), text


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            {
                "identity": "agent.fraud",
                "kind": "decided",
                "decision": "ApprovalRequired",
                "action": "stripe:review.approve",
            },
            "decided to ask a person about stripe review.approve",
        ),
        (
            {"identity": "agent.fraud", "kind": "decided", "decision": "HandOff", "action": "payment.held"},
            "decided payment.held HandOff",
        ),
        (
            {"identity": "agent.fraud", "kind": "decided", "decision": "ApprovalRequired"},
            "decided to ask a person about what to do",
        ),
        (
            {
                "identity": "connector.stripe",
                "kind": "attempted",
                "action": "stripe:review.approve",
                "resource": "stripe:review/1",
            },
            "attempted stripe review.approve on stripe:review/1",
        ),
        (
            {
                "identity": "agent.fraud",
                "kind": "rejected",
                "decision": "PermanentError",
                "reason": "not an event: not JSON",
            },
            "rejected a message, which moved to the dead-letter queue unread (not an event: not JSON)",
        ),
        (
            {
                "identity": "operator",
                "kind": "suspended",
                "resource": "agent.fraud",
                "decision": "done",
                "who": "arn:ada",
            },
            "suspended agent.fraud: done who arn:ada",
        ),
        (
            {"identity": "agent.x", "kind": "invented", "action": "a:b", "resource": "c", "decision": "d"},
            "invented a b on c d",
        ),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else "",
)
def test_a_record_is_shown_in_words(given, words):
    """Also one whose kind nobody knows."""
    assert sentence(record(**given)).plain.rstrip() == words


def test_a_template_in_a_record_is_text():
    """Others write what stands there."""
    assert said("agent.x", "published", action="{decision}{0}") == "published {decision}{0}"
