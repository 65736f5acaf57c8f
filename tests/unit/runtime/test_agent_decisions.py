"""The agent and people: what it asks of them, what their answer leads to, and what they see."""

from dataclasses import replace

import pytest

from functions.core.events import catalogue
from functions.core.events.bus import Bus
from functions.core.manifests.agent import AgentManifest, Budget, Subscription, Use
from functions.core.platform.errors import ApprovalNeeded, BudgetExceeded, Denied, PermanentError, RetryableError
from functions.core.runtime.agent import Agent
from functions.core.runtime.outcomes import ApprovalRequired, Done, Emit
from functions.core.runtime.wakes import Wakes
from functions.events.approvals import ReviewApproved

MANIFEST = AgentManifest(
    name="fraud",
    owner="tests",
    purpose="tests",
    subscribes=[Subscription("payment.succeeded", ["webhook.stripe"])],
    publishes=["payment.approved"],
    uses=[Use("stripe", ["charge.retrieve", "review.approve"], "tests")],
    budget=Budget(hops=0, wakes_per_tree=2),
)
LISTENING = replace(MANIFEST, subscribes=[*MANIFEST.subscribes, Subscription("review.approved", ["review.service"])])
DECISION = {"source": "review.service", "type": "review.approved", "id": "review.service:review.approved:r1", "hops": 2}


class Connector:
    """Answers {"result": {}}, or this error; keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict] = []
        self.error: dict | None = None

    def __call__(self, connector: str, payload: dict) -> dict:
        self.asked.append({"connector": connector, **payload})
        return {"error": self.error} if self.error else {"result": {}}


@pytest.fixture
def connector() -> Connector:
    return Connector()


@pytest.fixture
def wake(make_event, eventbridge, make_audit, clock, dynamodb, table, connector):
    wakes = Wakes(dynamodb, table("idempotency"))

    def wake(run, event=None, manifest=MANIFEST):
        agent = Agent(manifest, run, catalogue, Bus(eventbridge, "bus"), connector, wakes, make_audit(), clock)
        return agent.wake(event or make_event())

    return wake


@pytest.fixture
def decision(make_event):
    """A review.approved of the review service's; `data` changes single fields."""

    def make(**data):
        return replace(make_event(), **DECISION, data={**ReviewApproved.example, **data})

    return make


def closes(event, tools):
    tools.stripe.review_approve(review="prv_1")
    return Done("closed")


def never(event, tools):
    raise AssertionError("must not be woken")


def test_an_operation_that_a_person_decides_becomes_their_question(wake, connector, eventbridge):
    """With the connector's proposal; the agent need not know it."""
    connector.error = {"kind": "ApprovalNeeded", "message": "the policy asks a person", "proposal": "signed"}
    assert wake(closes) == ["approval.required"]
    asked = eventbridge.events[0]["data"]
    assert asked["action"] == {
        "connector": "stripe",
        "operation": "review.approve",
        "arguments": {"review": "prv_1"},
    }
    assert (asked["proposal"], asked["why"], asked["otherwise"]) == ("signed", "the policy asks a person", "deny")


def test_an_agent_may_put_the_question_in_its_own_words(wake, connector, eventbridge):
    """The proposal that it already has goes along; it does not ask for another."""
    connector.error = {"kind": "ApprovalNeeded", "message": "ask", "proposal": "signed"}

    def run(event, tools):
        try:
            return closes(event, tools)
        except ApprovalNeeded as needed:
            return ApprovalRequired(needed.action, "Close it?", {"score": 0.4}, proposal=needed.proposal)

    assert wake(run) == ["approval.required"]
    assert (eventbridge.events[0]["data"]["question"], eventbridge.events[0]["data"]["proposal"]) == (
        "Close it?",
        "signed",
    )
    assert len(connector.asked) == 1


def test_what_a_person_approved_is_done_by_itself(wake, connector, decision):
    """Under the grant of the decision; the agent's code need not handle it."""
    event = decision()
    assert wake(never, event) == []
    (done,) = connector.asked
    assert (done["operation"], done["arguments"]) == ("review.approve", {"review": "prv_Example"})
    assert (done["grant"], done["event"], done["proposal"]) == (event.grant, event.id, False)


def test_a_subscriber_gets_the_decision_after_it_was_carried_out(wake, connector, decision):
    heard = []

    def run(event, tools):
        heard.append((event.type, len(connector.asked)))
        return Emit("payment.approved", {"charge": "ch_1", "score": 0.9, "review_closed": True})

    assert wake(run, decision(), LISTENING) == ["payment.approved"]
    assert heard == [("review.approved", 1)]


def test_an_approval_without_an_action_leaves_it_to_the_agent(wake, connector, decision):
    wake(lambda *_: Done("fine"), decision(action=None), LISTENING)
    assert connector.asked == []


@pytest.mark.parametrize("type", ["review.denied", "review.expired"])
def test_what_nobody_approved_is_not_done(wake, connector, decision, type):
    event = replace(decision(), type=type)
    assert wake(never, event) == []
    assert connector.asked == []


def test_a_state_that_changed_since_is_asked_about_again(wake, connector, decision, eventbridge):
    connector.error = {"kind": "ApprovalNeeded", "message": "it changed", "proposal": "newly signed"}
    assert wake(never, decision()) == ["approval.required"]
    assert eventbridge.events[0]["data"]["proposal"] == "newly signed"


def test_a_decision_on_another_agents_review_is_denied(wake, connector, decision):
    with pytest.raises(Denied, match="not requested by fraud"):
        wake(never, decision(agent="triage"))
    assert connector.asked == []


def test_nobody_but_the_service_decides(wake, connector, decision):
    with pytest.raises(Denied, match="does not subscribe to"):
        wake(never, replace(decision(), source="agent.triage"))
    assert connector.asked == []


def test_an_undeclared_action_is_not_done_though_it_was_approved(wake, connector, decision):
    action = {"connector": "stripe", "operation": "refund.create", "arguments": {"charge": "ch_1"}}
    with pytest.raises(Denied, match="does not declare"):
        wake(never, decision(action=action))
    assert connector.asked == []


def test_a_persons_decision_is_no_hop(wake, decision):
    """An agent at the end of its chain may still receive the answer that it asked for."""
    assert wake(never, decision()) == []


EXCEEDED = {"kind": "BudgetExceeded", "message": "its effects are used up"}


def test_a_budget_that_is_used_up_asks_a_person(wake, connector, eventbridge, audit_queue):
    """And the event goes to the dead letters, from where it can be redriven."""
    connector.error = EXCEEDED
    with pytest.raises(BudgetExceeded):
        wake(closes)
    (told,) = eventbridge.events
    assert (told["type"], told["data"]["action"], told["data"]["why"]) == (
        "approval.required",
        None,
        "its effects are used up",
    )
    assert audit_queue.kinds == ["received", "failed", "decided", "published"]


def test_too_many_hops_are_a_budget_that_is_used_up(wake, make_event, eventbridge):
    with pytest.raises(BudgetExceeded, match="1 hops"):
        wake(never, make_event(hops=1))
    assert eventbridge.types == ["approval.required"]


@pytest.mark.parametrize("correlation", ["stripe:evt_2", ""])
def test_an_event_of_another_tree_than_its_grant_is_no_event(wake, make_event, audit_queue, correlation):
    """Otherwise every round of a loop could call itself a tree of its own."""
    with pytest.raises(Denied, match="not of the tree"):
        wake(never, make_event(correlationid=correlation))
    assert audit_queue.kinds == ["received", "failed"]


def test_a_tree_that_wakes_an_agent_too_often_ends_at_a_person(wake, make_event, make_grant, eventbridge):
    """Whatever its events say of their hops; a copy of an event that was counted costs nothing."""

    def event(number):
        grant = make_grant(event="stripe:evt_0")
        return make_event(id=f"stripe:evt_{number}", correlationid="stripe:evt_0", grant=grant)

    for number in (1, 2, 1, 2):
        wake(lambda *_: Done("fine"), event(number))
    with pytest.raises(BudgetExceeded, match="woken the agent 2 times"):
        wake(never, event(3))
    assert eventbridge.types == ["approval.required"]


def test_an_event_is_retried_if_the_person_cannot_be_asked(wake, connector, eventbridge):
    """Nobody would know otherwise."""
    connector.error = EXCEEDED
    eventbridge.refuses = "ThrottlingException"
    with pytest.raises(RetryableError):
        wake(closes)


def test_an_approved_action_is_performed_though_the_wakes_are_used_up(wake, make_event, decision, connector):
    """Others can use up an agent's wakes; what a person approved happens all the same, each time."""
    for number in range(2):
        wake(lambda event, tools: Done("fine"), make_event(id=f"e{number}"))
    with pytest.raises(BudgetExceeded):
        wake(lambda event, tools: Done("fine"), make_event(id="e2"))
    for number in range(3):
        wake(lambda event, tools: Done("fine"), replace(decision(), id=f"review.service:review.approved:{number}"))
    assert [asked["operation"] for asked in connector.asked] == ["review.approve"] * 3


def test_a_budget_that_an_approved_action_exceeds_is_not_asked_about_again(wake, decision, connector, eventbridge):
    """Each answer would be followed by another question."""
    connector.error = {"kind": "BudgetExceeded", "message": "effects"}
    with pytest.raises(BudgetExceeded):
        wake(lambda event, tools: Done("fine"), decision())
    assert eventbridge.types == []


def test_a_publisher_cannot_use_up_the_wakes_by_others(wake, make_event):
    """An agent can name any tree in its events, but not publish as another source: IAM vouches for that."""
    loud = replace(MANIFEST, subscribes=[Subscription("payment.succeeded", ["webhook.stripe", "agent.loud"])])

    def fine(event, tools):
        return Done("fine")

    for number in range(2):
        wake(fine, make_event(id=f"agent.loud:{number}", source="agent.loud"), loud)
    with pytest.raises(BudgetExceeded, match="agent.loud has woken the agent 2 times"):
        wake(fine, make_event(id="agent.loud:2", source="agent.loud"), loud)
    assert wake(fine, make_event(), loud) == []


REPORTING = replace(MANIFEST, subscribes=[*MANIFEST.subscribes, Subscription("review.settled", ["review.service"])])


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [("PermanentError", "failed"), ("Denied", "failed"), ("BudgetExceeded", "failed"), ("PerhapsDone", "unknown")],
)
def test_an_approved_action_that_ends_badly_is_reported_and_a_dead_letter(
    wake, connector, eventbridge, decision, kind, outcome
):
    """The agent's own code does not run; a retry after a redrive reports again."""
    connector.error = {"kind": kind, "message": "it was refused"}
    for _ in range(2):
        with pytest.raises(PermanentError):
            wake(never, decision(), REPORTING)
    assert eventbridge.types == ["approval.reported"] * 2
    said = {
        "agent": "fraud",
        "review": ReviewApproved.example["review"],
        "outcome": outcome,
        "reason": "it was refused",
    }
    assert eventbridge.events[0]["data"] == said


def test_what_is_retried_is_not_reported_and_what_is_done_is(wake, connector, eventbridge, decision):
    """Nor by an agent that does not subscribe to review.settled."""
    connector.error = {"kind": "RetryableError", "message": "busy", "retry_after": None}
    with pytest.raises(RetryableError):
        wake(never, decision(), REPORTING)
    assert eventbridge.types == []
    connector.error = None
    assert wake(never, decision(), REPORTING) == ["approval.reported"]
    assert eventbridge.events[0]["data"]["outcome"] == "done"
    assert wake(never, decision()) == []


def test_a_person_who_is_asked_again_gets_the_same_evidence(wake, connector, eventbridge, decision):
    """And the first review learns that its approval led to nothing."""
    connector.error = {"kind": "ApprovalNeeded", "message": "it changed since it was approved", "proposal": "signed"}
    assert wake(never, decision(), REPORTING) == ["approval.reported", "approval.required"]
    reported, asked = eventbridge.events
    assert reported["data"]["outcome"] == "asked_again"
    assert asked["data"]["evidence"] == ReviewApproved.example["evidence"]
    assert asked["data"]["reports"] is True
