"""The record of a call: what is on it, for whom it is kept, and that it is never in the call's way."""

import json
from dataclasses import replace

import pytest

from functions.core.gate.gate import Gate
from functions.core.gate.policy import Answer, PolicyDecision
from functions.core.gate.recording import CallRecorder
from functions.core.manifests.recorded import Recorded
from functions.core.platform.errors import Denied, PermanentError, RetryableError
from functions.core.recording.records import Records
from tests.unit.gate.gate.stripe import ACT, FRAUD, READ, STRIPE


class S3:
    """Keeps what is put, in its order."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.records: list[dict] = []
        self.before = lambda: None

    def put_object(self, Bucket, Key, Body):
        self.before()
        self.keys.append(Key)
        self.records.append(json.loads(Body))


@pytest.fixture
def s3():
    return S3()


@pytest.fixture
def agent():
    return replace(FRAUD, recorded=Recorded())


@pytest.fixture
def connector():
    secretive = replace(READ, recorded=Recorded(redact=["name"]))
    return replace(STRIPE, operations=[secretive, replace(ACT, recorded=Recorded(redact=["note"]))])


@pytest.fixture
def recording_gate(s3, agent, connector, performer, ledger, budgets, make_audit, clock, grant_key, new_id, decision):
    """Makes the gate again with the agent and the connector as the test has them."""

    def make(agent=agent, connector=connector, decision=decision):
        audit = make_audit("connector.stripe")
        recorder = CallRecorder("stripe", Records(s3, "records", "connector.stripe", audit, clock, new_id), clock)
        policies = lambda *_: decision  # noqa: E731 - one line reads better here
        keys = lambda: [grant_key]  # noqa: E731 - as above
        callers = {"fraud": agent}.get
        return Gate(connector, callers, policies, keys, performer, ledger, budgets, audit, clock, recorder=recorder)

    return make


def test_a_read_is_recorded_with_request_answer_and_decision(ask, recording_gate, performer, clock, s3):
    def answer(*_):
        clock.now += 0.25
        return {"id": "ch_1", "name": "Ada", "mail": "ada@example.org", "amount": 500}

    performer.call = answer
    ask("charge.retrieve", {"charge": "ch_1"}, gate=recording_gate())
    (found,) = s3.records
    assert s3.keys[0].startswith("connector.stripe/2026-09-21/stripe:evt_1/stripe:evt_1/charge.retrieve.")
    assert found["answer"] == {"id": "ch_1", "name": "[redacted]", "mail": "[e-mail]", "amount": 500}
    assert (found["agent"], found["entity"], found["arguments"]) == ("fraud", "stripe:charge/ch_1", {"charge": "ch_1"})
    assert (found["decision"], found["policies"], found["milliseconds"]) == ("permit", ["all"], 250)


def test_an_effect_is_recorded_after_it_and_after_its_audit_records(ask, recording_gate, s3, audit_queue):
    """A process that dies in between leaves the effect on the trail and in the ledger."""
    seen = []
    s3.before = lambda: seen.extend(audit_queue.kinds)
    ask("review.approve", {"review": "prv_1", "note": "a customer's words"}, gate=recording_gate())
    assert seen == ["attempted", "effected"]
    assert s3.records[0]["arguments"] == {"review": "prv_1", "note": "[redacted]"}
    assert "words" not in json.dumps(s3.records)


def test_what_is_denied_or_fails_is_recorded_with_its_error(ask, recording_gate, performer, s3):
    denied = recording_gate(decision=PolicyDecision(Answer.FORBID, ("no",)))
    with pytest.raises(Denied):
        ask("charge.retrieve", {"charge": "ch_1"}, gate=denied)
    performer.raises = PermanentError("no charge of ada@example.org")
    with pytest.raises(PermanentError):
        ask("charge.retrieve", {"charge": "ch_1"}, gate=recording_gate())
    performer.raises = ValueError("a customer's words")
    with pytest.raises(ValueError):
        ask("charge.retrieve", {"charge": "ch_1"}, gate=recording_gate())
    assert [(one["decision"], one["error"]) for one in s3.records] == [
        (
            "forbid",
            {"kind": "Denied", "message": "the policy of fraud does not permit charge.retrieve on stripe:charge/ch_1"},
        ),
        ("permit", {"kind": "PermanentError", "message": "no charge of [e-mail]"}),
        ("permit", {"kind": "ValueError", "message": ""}),
    ]


def test_nothing_is_recorded_unless_the_agent_and_the_operation_declare_it(ask, recording_gate, s3, connector):
    ask("charge.retrieve", {"charge": "ch_1"}, gate=recording_gate(agent=FRAUD))
    secret = replace(connector, operations=[replace(one, recorded=None) for one in connector.operations])
    ask("charge.retrieve", {"charge": "ch_1"}, gate=recording_gate(connector=secret))
    assert s3.records == []


@pytest.mark.parametrize("error", [OSError("the disk"), RetryableError("later")])
def test_a_failing_recorder_neither_fails_nor_repeats_an_effect(ask, recording_gate, performer, s3, audit_queue, error):
    def fail():
        raise error

    s3.before = fail
    assert ask("review.approve", {"review": "prv_1"}, gate=recording_gate()) == {"done": True}
    assert [name for name, *_ in performer.calls] == ["review.approve"]
    assert audit_queue.kinds == ["attempted", "effected", "unrecorded"]


def test_no_grant_and_no_proposal_stands_on_a_record(ask, recording_gate, s3, make_grant):
    ask("charge.retrieve", {"charge": "ch_1"}, gate=recording_gate())
    ask("review.approve", {"review": "prv_1", "note": make_grant("stripe:charge/ch_1")}, gate=recording_gate())
    assert len(s3.records) == 2 and "eyJ" not in json.dumps(s3.records)


def test_what_policies_in_shadow_would_answer_is_on_the_trail_and_the_record(ask, recording_gate, s3, audit_queue):
    """And the call is made as if they were not there."""
    would = PolicyDecision(Answer.FORBID, ("no-large",))
    decision = PolicyDecision(Answer.PERMIT, ("all",), shadow=would)
    ask("review.approve", {"review": "prv_1"}, gate=recording_gate(decision=decision))
    assert audit_queue.kinds == ["shadowed", "attempted", "effected"]
    said = audit_queue.records[0]
    assert (said["decision"], said["policies"], said["reason"]) == ("forbid", ["no-large"], "enforced: permit")
    assert s3.records[0]["shadow"] == {"decision": "forbid", "policies": ["no-large"], "reason": ""}
    assert s3.records[0]["decision"] == "permit"
