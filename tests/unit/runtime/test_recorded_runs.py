"""The record of a run: the event as the agent got it, what it decided, and who decided."""

import json

import pytest

from functions.core.events import catalogue
from functions.core.events.bus import Bus
from functions.core.manifests.agent import AgentManifest, Subscription
from functions.core.manifests.recorded import Recorded
from functions.core.manifests.workflow import Workflow
from functions.core.platform.errors import ManifestError, PermanentError
from functions.core.recording.records import Records
from functions.core.runtime.agent import Agent
from functions.core.runtime.outcomes import ApprovalRequired, Done, Emit
from functions.core.runtime.recording import RunRecorder
from functions.core.runtime.wakes import Wakes

MANIFEST = AgentManifest(
    name="fraud",
    owner="tests",
    purpose="tests",
    subscribes=[Subscription("payment.succeeded", ["webhook.stripe"])],
    publishes=["payment.approved"],
    recorded=Recorded(redact=["customer"]),
)
APPROVED = {"charge": "ch_1", "score": 0.1, "review_closed": False}


class S3:
    """Keeps what is put; `raises` is an error to raise instead."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.records: list[dict] = []
        self.raises: Exception | None = None

    def put_object(self, Bucket, Key, Body):
        if self.raises:
            raise self.raises
        self.keys.append(Key)
        self.records.append(json.loads(Body))


@pytest.fixture
def s3():
    return S3()


@pytest.fixture
def wake(make_event, eventbridge, make_audit, clock, dynamodb, table, s3, new_id):
    wakes, audit = Wakes(dynamodb, table("idempotency")), make_audit()
    records = Records(s3, "records", "agent.fraud", audit, clock, new_id)
    recorder = RunRecorder("fraud", MANIFEST.recorded, records, clock)

    def wake(run, event=None):
        agent = Agent(
            MANIFEST, run, catalogue, Bus(eventbridge, "bus"), lambda *_: {}, wakes, audit, clock, recorder=recorder
        )
        return agent.wake(event or make_event())

    return wake


def test_a_run_is_recorded_with_its_event_and_outcomes(wake, s3, make_event):
    """Whole, so that it can be run again; but not with its grant, which would let its reader act."""
    event = make_event({"customer": "cus_1"}, raw={"type": "charge.succeeded", "body": {"mail": "ada@example.org"}})
    assert wake(lambda event, tools: Emit("payment.approved", APPROVED, why="low"), event) == ["payment.approved"]
    (found,) = s3.records
    assert s3.keys[0].startswith("agent.fraud/2026-09-21/stripe:evt_1/stripe:evt_1/run.")
    expected = {name: value for name, value in event.__dict__.items() if name not in ("grant", "data", "raw")}
    assert {name: value for name, value in found["event"].items() if name not in ("data", "raw")} == expected
    assert found["event"]["data"] == {**event.data, "customer": "[redacted]"}
    assert found["event"]["raw"]["body"] == {"mail": "[e-mail]"}
    (outcome,) = found["outcomes"]
    assert (outcome["kind"], outcome["subject"], outcome["why"]) == ("Emit", "payment.approved", "low")
    assert (outcome["data"], found["published"], found["error"]) == (APPROVED, ["payment.approved"], None)
    assert event.grant not in json.dumps(s3.records)


def test_a_declared_path_is_redacted_in_outcomes_too(wake, s3):
    """In an event's data and in the evidence that a person sees."""
    asked = ApprovalRequired(None, "May it?", {"customer": "cus_1", "score": 1}, why="write to ada@example.org")
    wake(lambda event, tools: asked)
    (outcome,) = s3.records[0]["outcomes"]
    assert outcome["evidence"] == {"customer": "[redacted]", "score": 1}
    assert (outcome["why"], outcome["kind"]) == ("write to [e-mail]", "ApprovalRequired")


def test_a_run_that_raises_is_recorded_with_its_error(wake, s3):
    def refuse(event, tools):
        raise PermanentError("no such charge")

    def fail(event, tools):
        raise KeyError("a customer's words")

    for run in (refuse, fail):
        with pytest.raises((PermanentError, KeyError)):
            wake(run)
    assert [one["error"] for one in s3.records] == [
        {"kind": "PermanentError", "message": "no such charge"},
        {"kind": "KeyError", "message": ""},
    ]


def test_a_failing_recorder_does_not_fail_the_run(wake, s3, eventbridge, audit_queue):
    s3.raises = OSError("the disk")
    assert wake(lambda event, tools: Done("fine")) == []
    assert audit_queue.kinds[-1] == "unrecorded"


def test_a_manager_cannot_be_recorded_as_its_runs_are_kept_already():
    class Pair(Workflow):
        members = ("writer", "reader")
        digest = "0"

    workflow = Pair()
    with pytest.raises(ManifestError, match="is a manager, whose runs are kept already"):
        AgentManifest("boss", "tests", "tests", MANIFEST.subscribes, workflow=workflow, recorded=Recorded())


@pytest.mark.parametrize("wrong", [True, "yes", {}])
def test_recorded_is_a_declaration_and_nothing_else(wrong):
    with pytest.raises(ManifestError, match="Recorded"):
        AgentManifest("boss", "tests", "tests", MANIFEST.subscribes, recorded=wrong)
