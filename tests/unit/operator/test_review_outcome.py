"""What `hookline reviews show` says became of an approved action: by the connector's records, and nobody else's."""

from dataclasses import replace

import pytest

from functions.core.events.event import child_id
from functions.core.platform.canonical import digest
from functions.core.reviews.opening import opened
from functions.core.reviews.review import Voter, approve, deny
from hookline.operator.review_outcome import outcome

ADA = Voter("ada", ("ada",))


@pytest.fixture
def approved(make_question, grant_key, clock):
    return approve(opened(make_question(), [grant_key], clock.now), ADA, "", clock.now)


@pytest.fixture
def record(approved):
    """A connector's record of the approved action."""

    def make(kind, seq=1, **changes):
        return {
            "identity": "connector.stripe",
            "kind": kind,
            "seq": seq,
            "at": f"2026-09-21T14:15:0{seq}.000000Z",
            "action": "stripe:review.approve",
            "review": approved.id,
            "event": child_id(approved.event.id, "review.service", "review.approved"),
            "decision": "",
            "reason": "",
            "digests": {"arguments": digest({"review": "prv_Example"})},
            **changes,
        }

    return make


@pytest.mark.parametrize(
    ("kind", "changes", "what", "words"),
    [
        ("effected", {}, "done", "done at 2026-09-21T14:15:01"),
        ("repeated", {}, "done", "by the record of connector stripe"),
        ("attempted", {}, "unknown", "still under way"),
        ("failed", {"decision": "PermanentError", "reason": "stripe: 402"}, "refused", "PermanentError: stripe: 402"),
        ("failed", {"decision": "RetryableError", "reason": "stripe: 503"}, "failing", "it is retried, or waits as a"),
        ("denied", {"decision": "BudgetExceeded", "reason": "spent"}, "refused", "BudgetExceeded: spent"),
        ("asked", {"reason": "it changed since it was approved"}, "asked again", "not done at"),
    ],
)
def test_the_connectors_last_record_says_what_became_of_an_action(approved, record, kind, changes, what, words):
    found = outcome(approved, [record(kind, **changes)])
    assert found["is"] == what
    assert words in found["words"]


def test_what_was_done_stays_done(approved, record):
    """A later try of the agent is refused, as it has been done."""
    found = outcome(approved, [record("attempted"), record("effected", 2), record("denied", 3)])
    assert found["is"] == "done"


def test_the_last_try_counts(approved, record):
    failed = record("failed", 2, decision="RetryableError")
    assert outcome(approved, [record("attempted", 3), failed, record("attempted")])["is"] == "unknown"


@pytest.mark.parametrize(
    "changes",
    [
        {"identity": "agent.fraud"},
        {"identity": "connector.slack"},
        {"review": "another"},
        {"review": ""},
        {"action": "stripe:refund.create"},
        {"digests": {"arguments": digest({"review": "prv_other"})}},
        {"digests": {}},
    ],
    ids=str,
)
def test_no_other_record_counts(approved, record, changes):
    """An agent can call the connector with the approval and other arguments, and with other events of its tree."""
    event = {"event": "another"} if changes == {"identity": "agent.fraud"} else {}
    assert outcome(approved, [record("effected", **changes, **event)])["is"] == "waiting"


def test_a_record_of_an_earlier_version_counts_by_its_event(approved, record):
    old = {name: value for name, value in record("effected").items() if name != "review"}
    assert outcome(approved, [old])["is"] == "done"
    assert outcome(approved, [{**old, "event": "another"}])["is"] == "waiting"


def test_before_the_connector_is_called_the_agents_records_count(approved, record):
    received = record("received", identity="agent.fraud")
    failed = record("failed", 2, identity="agent.fraud", reason="IAM does not let this agent invoke stripe")
    assert outcome(approved, [received])["words"] == "not attempted: agent.fraud received the approval"
    assert outcome(approved, [received, failed])["words"].endswith(
        "and failed: IAM does not let this agent invoke stripe"
    )


def test_only_an_approved_action_has_an_outcome(approved, make_question, grant_key, clock):
    assert outcome(replace(approved, decision=None), []) is None
    assert outcome(replace(approved, proposal=None), []) is None
    review = opened(make_question(), [grant_key], clock.now)
    assert outcome(deny(review, ADA, "", clock.now), []) is None
