"""Ledger and audit trail: what each says that the other does not, and which of it time explains."""

import pytest

from functions.core.audit.append import Chains
from functions.core.audit.records import rfc3339
from functions.core.gate.ledger import KEEP_SECONDS, Claimed, Effect, Ledger
from hookline.operator.audit.effects import reconciled
from hookline.operator.audit.reconcile import BEHIND_SECONDS, ON_ITS_WAY_SECONDS, Entry, Queue, Reconciled, reconcile
from infra import naming

NOW = 1_790_000_000.0
LONG_AGO = NOW - BEHIND_SECONDS - 1


def said(kind: str, key: str | None = "k1", at: float = LONG_AGO, seq: int = 1) -> dict:
    digests = {"effect": key} if key else {}
    what = {"action": "stripe:review.approve", "resource": "stripe:review/prv_1", "digests": digests}
    return {"identity": "connector.stripe", "seq": seq, "at": rfc3339(at), "kind": kind, **what}


def entry(done: bool, key: str = "k1", finished: float = LONG_AGO, lease: float = LONG_AGO) -> Entry:
    return Entry(key, "review.approve on stripe:review/prv_1", done, finished, lease)


def compared(records: list, ledger: list, queue: Queue = Queue()) -> Reconciled:  # noqa: B008 - it is frozen
    return reconcile(records, ledger, queue, NOW)


def counts(found: Reconciled) -> tuple[int, int, int, int]:
    return found.matched, len(found.pending), len(found.explained), len(found.unexplained)


def test_an_effect_that_both_know_matches():
    """Its attempt, and a later call that found it done, change nothing."""
    records = [said("attempted"), said("effected"), said("repeated"), said("read", None)]
    assert counts(compared(records, [entry(done=True)])) == (1, 0, 0, 0)


def test_an_effect_that_only_the_ledger_knows_is_unexplained():
    """Long after its record should have come."""
    found = compared([said("attempted")], [entry(done=True)])
    assert counts(found) == (0, 0, 0, 1)
    assert found.unexplained == [
        "review.approve on stripe:review/prv_1 (k1…): completed in the ledger, not effected on record"
    ]


def test_an_effect_that_only_the_trail_knows_is_unexplained():
    """The record is named, and its key."""
    found = compared([said("effected", seq=7)], [])
    assert counts(found) == (0, 0, 0, 1)
    assert "connector.stripe record 7" in found.unexplained[0]
    assert "effect k1 is not in the ledger" in found.unexplained[0]


def test_an_effect_on_record_whose_claim_is_still_open_is_unexplained():
    """The ledger is written first."""
    assert counts(compared([said("effected")], [entry(done=False)])) == (0, 0, 0, 1)


def test_an_effect_on_record_that_names_no_key_is_unexplained():
    """Nothing can be matched with it."""
    assert counts(compared([said("effected", None)], [])) == (0, 0, 0, 1)


@pytest.mark.parametrize(
    ("ago", "queue", "pending"),
    [
        (ON_ITS_WAY_SECONDS - 1, Queue(), True),
        (ON_ITS_WAY_SECONDS + 1, Queue(), False),
        (BEHIND_SECONDS - 1, Queue(waiting=1), True),
        (BEHIND_SECONDS + 1, Queue(waiting=1), False),
        (BEHIND_SECONDS + 1, Queue(dead=1), True),
    ],
)
def test_a_record_that_may_be_on_its_way_is_pending(ago, queue, pending):
    """In the moments after the effect, behind others in the queue, or among its dead letters."""
    found = compared([said("attempted")], [entry(done=True, finished=NOW - ago)], queue)
    assert counts(found) == ((0, 1, 0, 0) if pending else (0, 0, 0, 1))


def test_an_effect_under_way_is_pending():
    """While its claim lasts."""
    assert counts(compared([said("attempted")], [entry(done=False, lease=NOW + 5)])) == (0, 1, 0, 0)


def test_an_attempt_without_an_outcome_is_pending():
    """The next try takes the claim over, and finds out."""
    found = compared([said("attempted")], [entry(done=False)])
    assert "outcome unknown" in found.pending[0]


def test_a_claim_that_was_never_attempted_is_explained():
    """The intent is on record before the effect, so there was none."""
    assert counts(compared([], [entry(done=False)])) == (0, 0, 1, 0)


def test_an_effect_that_a_later_call_found_done_is_explained():
    """Its connector ended between the ledger and the record."""
    assert counts(compared([said("attempted"), said("repeated")], [entry(done=True)])) == (0, 0, 1, 0)


def test_an_effect_that_the_ledger_has_forgotten_is_explained():
    """The ledger keeps them for a time, the trail for ever."""
    assert counts(compared([said("effected", at=NOW - KEEP_SECONDS - 1)], [])) == (0, 0, 1, 0)


def test_an_attempt_whose_claim_was_given_up_needs_no_entry():
    """The provider said that nothing happened."""
    assert counts(compared([said("attempted"), said("failed")], [])) == (0, 0, 0, 0)


class Account:
    """The account of these tests' tables, with an audit queue that holds `waiting`."""

    url = ""

    def __init__(self, dynamodb, waiting: int) -> None:
        self._dynamodb = dynamodb
        self._waiting = waiting

    def client(self, service):
        return self._dynamodb if service == "dynamodb" else self

    def get_queue_url(self, QueueName):
        assert QueueName in ("hookline-audit-services", "hookline-audit-services-dead-letters")
        return {"QueueUrl": QueueName}

    def get_queue_attributes(self, QueueUrl, AttributeNames):
        waiting = self._waiting if QueueUrl == "hookline-audit-services" else 0
        return {"Attributes": dict.fromkeys(AttributeNames, str(waiting))}


def test_what_the_gate_and_the_recorder_store_is_what_is_read(dynamodb, table, audit_tables, monkeypatch, new_id):
    """One effect that is on record, and one that is not."""
    monkeypatch.setattr(naming, "LEDGER_TABLE", table("ledger"))
    ledger, chains = Ledger(dynamodb, "ledger", new_id), Chains(dynamodb, audit_tables)
    effects = [
        Effect("fraud", "stripe:review.approve", f"stripe:review/prv_{n}", "stripe:evt_1", "args") for n in (1, 2)
    ]
    for effect in effects:
        assert isinstance(ledger.claim(effect, LONG_AGO, 10), Claimed)
        ledger.finish(effect, {}, LONG_AGO)
    record = {**said("effected", effects[0].key), "id": "1", "correlation": "c"}
    chains.append("connector.stripe", [record])
    found = reconciled(Account(dynamodb, waiting=0), NOW)
    assert counts(found) == (1, 0, 0, 1)
    assert "stripe:review/prv_2" in found.unexplained[0]
    late = reconciled(Account(dynamodb, waiting=3), LONG_AGO + ON_ITS_WAY_SECONDS + 1)
    assert counts(late) == (1, 1, 0, 0)
