"""The agent's runtime: an event wakes `run`, and what it decides is on record before the world hears of it."""

from dataclasses import dataclass, replace

import pytest

from functions.core.events import catalogue
from functions.core.events.bus import Bus
from functions.core.manifests.agent import AgentManifest, Budget, Subscription, Use
from functions.core.platform.action import Action
from functions.core.platform.canonical import digest
from functions.core.platform.errors import Denied, PermanentError, RetryableError
from functions.core.runtime.agent import Agent
from functions.core.runtime.outcomes import ApprovalRequired, Context, Done, Emit, Outcome, Publication
from functions.core.runtime.wakes import Wakes

MANIFEST = AgentManifest(
    name="fraud",
    owner="tests",
    purpose="tests",
    subscribes=[Subscription("payment.succeeded", ["webhook.stripe"])],
    publishes=["payment.approved", "payment.held"],
    uses=[Use("stripe", ["charge.retrieve", "review.approve"], "tests")],
    budget=Budget(seconds=20, hops=2),
)
APPROVED = Emit("payment.approved", {"charge": "ch_1", "score": 0.1, "review_closed": True}, why="score 0.1")
HELD = Emit("payment.held", {"charge": "ch_1", "score": 0.9, "reasons": ["amount"]}, why="score 0.9")
ASK = ApprovalRequired(
    action=Action("stripe", "review.approve", {"review": "prv_1"}),
    question="Approve this payment?",
    evidence={"score": 0.9},
    expires_in=3600,
    why="score 0.9",
)


def quoting(connector, payload):
    """A connector that quotes, and does nothing else."""
    assert payload["proposal"]
    return {"error": {"kind": "ApprovalNeeded", "message": "ask", "proposal": f"{connector} {payload['operation']}"}}


@pytest.fixture
def wake(make_event, eventbridge, make_audit, clock, dynamodb, table):
    """Wakes an agent whose `run` is given, or always answers `answer`, with an event; connectors give quotes."""
    wakes = Wakes(dynamodb, table("idempotency"))

    def wake(answer=None, event=None, run=None, invoke=quoting, manifest=MANIFEST):
        agent = Agent(
            manifest,
            run or (lambda *_: answer),
            catalogue,
            bus=Bus(eventbridge, "bus"),
            invoke=invoke,
            wakes=wakes,
            audit=make_audit(),
            clock=clock,
        )
        return agent.wake(event or make_event())

    return wake


def test_a_question_about_an_undeclared_operation_is_denied(wake, eventbridge):
    """A person's approval must not widen what an agent declared."""
    with pytest.raises(Denied, match="refund.create"):
        wake(replace(ASK, action=Action("stripe", "refund.create", {"charge": "ch_1"})))
    assert eventbridge.batches == []


def test_done_publishes_nothing_and_is_on_record(wake, eventbridge, audit_queue):
    """With its why."""
    assert wake(Done("nothing to decide")) == []
    assert eventbridge.batches == []
    record = audit_queue.records[1]  # the first says that it was received
    assert (record["kind"], record["decision"], record["reason"]) == ("decided", "Done", "nothing to decide")


def test_what_a_model_wrote_stands_on_the_trail_as_its_digest_alone(wake, audit_queue):
    """It may quote a customer."""
    thinks = replace(MANIFEST, model="bedrock:some.model", budget=Budget(model_calls_per_event=1))
    wake(Done("the customer says: my card is 4242"), manifest=thinks)
    record = audit_queue.records[1]  # the first says that it was received
    assert (record["decision"], record["reason"]) == ("Done", "")
    assert record["digests"] == {"why": digest("the customer says: my card is 4242")}


def test_emit_publishes_a_child_of_the_event(wake, eventbridge, make_event):
    """As this agent, with the grant as it came."""
    assert wake(APPROVED) == ["payment.approved"]
    parent, child = make_event(), eventbridge.events[0]
    assert (child["source"], child["type"], child["dataschema"]) == (
        "agent.fraud",
        "payment.approved",
        "payment.approved/1",
    )
    assert (child["causationid"], child["hops"], child["grant"]) == (parent.id, 1, parent.grant)
    assert child["data"] == APPROVED.data


def test_a_question_for_a_person_is_an_event(wake, eventbridge, clock):
    """With the action that waits, what the agent saw, and when and how it ends."""
    assert wake(ASK) == ["approval.required"]
    assert eventbridge.events[0]["data"] == {
        "agent": "fraud",
        "action": {"connector": "stripe", "operation": "review.approve", "arguments": {"review": "prv_1"}},
        "question": "Approve this payment?",
        "evidence": {"score": 0.9},
        "why": "score 0.9",
        "expires": int(clock.now) + 3600,
        "otherwise": "deny",
        "proposal": "stripe review.approve",
        "reports": False,
    }


@pytest.mark.parametrize("answer", [None, {"type": "payment.approved"}, "done", [APPROVED, None]])
def test_what_is_no_outcome_is_said_and_ends_the_event_at_once(wake, answer, eventbridge, audit_queue):
    """Another try would answer the same."""
    with pytest.raises(PermanentError, match="it must return an Outcome"):
        wake(run=lambda event, tools: answer)
    assert (eventbridge.batches, audit_queue.kinds) == ([], ["received", "failed"])


def test_a_question_may_have_no_action(wake, eventbridge):
    """Then the person does what is to be done."""
    wake(ApprovalRequired(action=None, question="Look at this?", evidence={}))
    assert eventbridge.events[0]["data"]["action"] is None


@dataclass(frozen=True)
class HandOff(Outcome):
    """An outcome that the runtime has never seen: another agent goes on, and the audit trail says why."""

    to: str
    why: str = "out of office"

    @property
    def subject(self) -> str:
        return f"handoff:{self.to}"

    def publication(self, context: Context) -> Publication:
        if self.to == context.manifest.name:
            raise Denied("an agent does not hand off to itself")
        return Publication("payment.held", {"charge": self.to, "score": context.now, "reasons": [self.why]})


def test_a_new_kind_of_outcome_needs_no_change_of_the_runtime(wake, eventbridge, audit_queue, clock):
    """It says itself what it publishes and what stands on record; what it refuses is refused with all others."""
    assert wake([HELD, HandOff("care")]) == ["payment.held", "payment.held"]
    assert eventbridge.events[-1]["data"] == {"charge": "care", "score": clock.now, "reasons": ["out of office"]}
    assert len({event["id"] for event in eventbridge.events}) == 2
    record = [record for record in audit_queue.records if record["kind"] == "decided"][-1]
    assert (record["decision"], record["action"], record["reason"]) == ("HandOff", "handoff:care", "out of office")
    with pytest.raises(Denied, match="to itself"):
        wake([HELD, HandOff("fraud")])
    assert len(eventbridge.events) == 2


def test_several_outcomes_are_published_in_their_order(wake, audit_queue):
    """And each is on record as what it is."""
    assert wake([ASK, HELD]) == ["approval.required", "payment.held"]
    decided = [(record["decision"], record["action"]) for record in audit_queue.records if record["kind"] == "decided"]
    assert decided == [("ApprovalRequired", "stripe:review.approve"), ("Emit", "payment.held")]


def test_two_events_of_one_type_are_two_or_refused(wake, eventbridge):
    """Under one id the second would be taken for a copy of the first everywhere, and lost."""
    other = Emit("payment.held", {"charge": "ch_2", "score": 0.8, "reasons": []})
    try:
        wake([HELD, other])
    except PermanentError:
        assert eventbridge.events == []
    else:
        assert len({event["id"] for event in eventbridge.events}) == 2


def test_the_same_event_makes_the_same_children(wake, eventbridge):
    """A second run after a crash makes no second event."""
    wake(HELD)
    wake(HELD)
    first, second = eventbridge.events
    assert first["id"] == second["id"]


@pytest.mark.parametrize("answer", [HELD, [ASK, HELD]], ids=["one", "several"])
def test_the_decision_is_on_record_before_the_publication(wake, eventbridge, audit_queue, answer):
    """Nobody hears of a decision that could not be shown."""
    seen = []
    put = eventbridge.put_events
    eventbridge.put_events = lambda Entries: seen.append(audit_queue.kinds) or put(Entries)
    wake(answer)
    assert [set(kinds) for kinds in seen] == [{"received", "decided"}]
    assert audit_queue.kinds[-1] == "published"


def test_without_the_decision_on_record_nothing_is_published(wake, eventbridge, audit_queue):
    """The event comes back."""
    audit_queue.refuses = RetryableError("full")
    with pytest.raises(RetryableError):
        wake(HELD)
    assert eventbridge.batches == []


REFUSED = {
    "an event that it does not say": (Denied, "does not declare", Emit("payment.succeeded", {})),
    "data that is not the type's": (PermanentError, "score", Emit("payment.held", {"charge": "c", "reasons": []})),
    "a question without words": (PermanentError, "question", ApprovalRequired(None, "", {})),
}


@pytest.mark.parametrize("case", REFUSED)
def test_an_outcome_that_may_not_be_is_refused_with_all_others(wake, eventbridge, audit_queue, case):
    """Nothing of the same answer is published, and the failure is on record."""
    error, reason, outcome = REFUSED[case]
    with pytest.raises(error, match=reason) as refused:
        wake([HELD, outcome])
    assert eventbridge.batches == []
    records = [(record["kind"], record["decision"], record["reason"]) for record in audit_queue.records]
    assert records == [("received", "", ""), ("failed", error.__name__, str(refused.value))]


STRANGERS = {
    "another source": {"source": "webhook.adyen"},
    "another type": {"type": "payment.held"},
    "another agent": {"source": "agent.fraud"},
}


@pytest.mark.parametrize("case", STRANGERS)
def test_an_event_that_it_does_not_hear_wakes_nobody(wake, make_event, audit_queue, case):
    """Whatever rule delivered it."""
    woken = []
    with pytest.raises(Denied, match="does not subscribe to"):
        wake(run=lambda *_: woken.append(1), event=make_event(**STRANGERS[case]))
    assert woken == []
    assert audit_queue.kinds == ["received", "failed"]


def test_an_event_whose_data_is_wrong_wakes_nobody(wake, make_event):
    """The agent can rely on its fields."""
    woken = []
    with pytest.raises(PermanentError, match="amount"):
        wake(run=lambda *_: woken.append(1), event=make_event({"amount": "42"}))
    assert woken == []


@pytest.mark.parametrize(("hops", "woken"), [(2, True), (3, False)])
def test_hops_are_allowed_up_to_the_budget(wake, make_event, hops, woken):
    """A chain of agents ends."""
    if woken:
        assert wake(Done("fine"), event=make_event(hops=hops)) == []
    else:
        with pytest.raises(PermanentError, match="3 hops"):
            wake(Done("fine"), event=make_event(hops=hops))


@pytest.mark.parametrize("error", [RetryableError("later", 3), PermanentError("never"), Denied("no")])
def test_what_a_tool_raises_is_on_record_and_passed_on(wake, audit_queue, eventbridge, error):
    """The queue knows what to do with it."""

    def run(event, tools):
        raise error

    with pytest.raises(type(error)) as raised:
        wake(run=run)
    assert raised.value is error
    record = audit_queue.records[1]  # the first says that it was received
    assert (record["kind"], record["decision"], record["reason"]) == ("failed", type(error).__name__, str(error))
    assert eventbridge.batches == []


def test_a_bus_that_refuses_is_on_record_and_retryable(wake, eventbridge, audit_queue):
    """The decision stands there too: it was taken."""
    eventbridge.refuses = "ThrottlingException"
    with pytest.raises(RetryableError):
        wake(HELD)
    assert audit_queue.kinds == ["received", "decided", "failed"]


def test_records_name_the_event_and_its_tree(wake, audit_queue, make_event):
    """So that a tree can be followed."""
    wake(Done("fine"), event=make_event(id="stripe:evt_2", correlationid="stripe:evt_1"))
    record = audit_queue.records[1]  # the first says that it was received
    assert (record["event"], record["correlation"], record["resource"]) == (
        "stripe:evt_2",
        "stripe:evt_1",
        make_event().subject,
    )


def test_a_publication_is_on_record_as_the_child(wake, audit_queue, eventbridge, make_event):
    """With the parent as its cause; what the agent did with the parent stands at the parent."""
    parent = make_event(causationid="stripe:evt_0")
    wake(HELD, event=parent)
    found = [(record["kind"], record["event"], record["causation"]) for record in audit_queue.records]
    (child,) = eventbridge.events
    about_the_parent = [(kind, parent.id, "stripe:evt_0") for kind in ("received", "decided")]
    assert found == [*about_the_parent, ("published", child["id"], parent.id)]
    assert audit_queue.records[-1]["correlation"] == parent.correlationid


def test_tools_end_with_the_budgets_seconds(wake, clock):
    """The deadline that goes along with each call."""
    asked = []

    def run(event, tools):
        tools.stripe.charge_retrieve(charge="ch_1")
        return Done("fine")

    wake(run=run, invoke=lambda connector, payload: asked.append(payload["deadline"]) or {"result": {}})
    assert asked == [clock.now + 20]
