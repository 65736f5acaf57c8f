"""The gate and people: when it asks one, what an approval is good for, and what it is not."""

from dataclasses import replace

import pytest

from functions.core.authority.grants import Approval
from functions.core.authority.proposals import check_proposal
from functions.core.gate.budgets import Budgets
from functions.core.gate.gate import Gate
from functions.core.gate.ledger import Ledger
from functions.core.gate.policy import Answer, PolicyDecision
from functions.core.gate.request import Request
from functions.core.manifests.agent import AgentManifest, Budget, Subscription, Use
from functions.core.manifests.arguments import Text
from functions.core.manifests.connector import ConnectorManifest, Operation, ReadBack, State
from functions.core.manifests.operation import Money
from functions.core.platform.action import Action
from functions.core.platform.canonical import digest
from functions.core.platform.errors import ApprovalNeeded, BudgetExceeded, Denied, RetryableError

READ = Operation("review.retrieve", kind="read", entity="stripe:review/{review}")
ACT = Operation(
    "review.approve",
    kind="effect",
    entity="stripe:review/{review}",
    takes={"note": Text()},
    idempotency="key",
    read_back=ReadBack("review.retrieve", proof={"open": False}),
    state=State("review.retrieve", fields=["open", "charge.amount", "charge.currency"]),
    money=Money(["charge.amount"], currency="charge.currency"),
)
STRIPE = ConnectorManifest(name="stripe", owner="tests", operations=[READ, ACT])
FRAUD = AgentManifest(
    name="fraud",
    owner="tests",
    purpose="tests",
    subscribes=[Subscription("payment.succeeded", ["webhook.stripe"])],
    uses=[Use("stripe", ["review.retrieve", "review.approve"], "tests")],
    budget=Budget(effects_per_event=1, seconds_per_tree=600),
)
NARROW = replace(FRAUD, uses=[Use("stripe", ["review.approve"], "tests")])
STATE = {"open": True, "charge.amount": 4200, "charge.currency": "eur"}
REVIEW = "stripe:review/prv_1"
ACTION = Action("stripe", "review.approve", {"review": "prv_1"})
PERMIT, ASK, FORBID = (PolicyDecision(answer, (answer.value,)) for answer in (Answer.PERMIT, Answer.ASK, Answer.FORBID))


class Provider:
    """Holds one review; `fails` is raised after the effect has happened."""

    def __init__(self) -> None:
        self.review = {"open": True, "charge": {"amount": 4200, "currency": "eur"}, "viewed": 1}
        self.effects: list[str | None] = []
        self.fails: Exception | None = None
        self.reads = 0

    def call(self, operation: Operation, arguments: dict, key: str | None, seconds: float) -> dict:
        if operation is ACT:
            self.review["open"] = False
            self.effects.append(key)
            if self.fails:
                raise self.fails
        self.reads += operation is READ
        return dict(self.review)


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def ask(provider, dynamodb, table, make_audit, make_grant, clock, grant_key, new_id):
    """Asks the gate to approve the review; `decision` is what the policy says, `approval` what the grant holds."""
    books = Ledger(dynamodb, table("ledger"), new_id), Budgets(dynamodb, table("budgets"))

    def ask(
        decision: PolicyDecision = PERMIT,
        approval: Approval | None = None,
        operation: str = "review.approve",
        proposal: bool = False,
        event: str = "stripe:evt_1",
        tree: str | None = None,
        agent: AgentManifest = FRAUD,
        seconds: float = 20,
        **arguments: str,
    ):
        gate = Gate(
            STRIPE,
            {"fraud": agent}.get,
            lambda *_: decision,
            lambda: [grant_key],
            provider,
            *books,
            make_audit("connector.stripe"),
            clock,
        )
        payload = {
            "operation": operation,
            "arguments": {"review": "prv_1", **arguments},
            "event": event,
            "correlation": tree or event,
            "grant": make_grant(REVIEW, event=event, tree=tree, approval=approval),
            "deadline": clock.now + seconds,
            "proposal": proposal,
        }
        return gate.handle(Request.read(payload), "fraud").result

    return ask


@pytest.fixture
def approval() -> Approval:
    """Of the action, with the review as it stands."""
    state = digest(STATE)
    return Approval("review", "fraud", ACTION.digest, state, ["arn:aws:iam::111122223333:user/ada"])


def test_what_the_policy_leaves_to_a_person_is_not_done_but_asked(ask, provider, audit_queue, clock, grant_key):
    """The proposal says what would be done, to what, and how many must agree; it is signed."""
    with pytest.raises(ApprovalNeeded, match="the policy asks a person") as needed:
        ask(replace(ASK, approvers=2))
    proposal = check_proposal(needed.value.proposal, [grant_key], clock.now)
    assert (proposal.agent, proposal.event, proposal.action, proposal.approvers) == ("fraud", "stripe:evt_1", ACTION, 2)
    assert proposal.state == STATE
    assert provider.effects == []
    assert (proposal.entity, proposal.amounts) == (REVIEW, {"action": {}, "state": {"charge.amount": "42.00 EUR"}})
    assert [(record["kind"], record["decision"], record["policies"]) for record in audit_queue.records] == [
        ("read", "permit", ["ask"]),
        ("asked", "ask", ["ask"]),
    ]


def test_the_state_of_a_proposal_is_on_record_as_the_read_that_it_is(ask, audit_queue):
    """With what was asked and what was answered, as any other read."""
    with pytest.raises(ApprovalNeeded):
        ask(PERMIT, proposal=True)
    read, _ = audit_queue.records
    assert (read["kind"], read["action"], read["resource"]) == ("read", "stripe:review.retrieve", REVIEW)
    assert read["reason"] == "the state that review.approve would meet"
    assert set(read["digests"]) == {"arguments", "answer"}


def test_no_proposal_reads_what_the_agent_does_not_declare(ask, provider, audit_queue):
    """The agent could read the state in the proposal that it is given."""
    with pytest.raises(Denied, match="does not declare stripe review.retrieve"):
        ask(PERMIT, proposal=True, agent=NARROW)
    assert (provider.reads, audit_queue.kinds) == (0, ["denied"])


def test_no_proposal_reads_after_the_deadline(ask, provider, audit_queue):
    with pytest.raises(RetryableError, match="the event's time is up"):
        ask(PERMIT, proposal=True, seconds=0)
    assert (provider.reads, audit_queue.kinds) == (0, ["failed"])


def test_an_approved_effects_records_name_its_review(ask, approval, audit_queue):
    """The connector verified the approval: nobody else can claim to have acted on it."""
    ask(ASK, approval)
    assert [(record["kind"], record["review"]) for record in audit_queue.records] == [
        ("read", "review"),
        ("attempted", "review"),
        ("effected", "review"),
    ]


def test_an_agent_may_ask_though_the_policy_would_permit(ask, provider):
    """It gets a proposal of what it may do anyway, and nothing is done."""
    with pytest.raises(ApprovalNeeded, match="the agent asks"):
        ask(PERMIT, proposal=True)
    assert provider.effects == []


def test_nobody_is_asked_for_what_the_policy_forbids(ask, audit_queue):
    """A person's approval widens nothing."""
    for proposal in (True, False):
        with pytest.raises(Denied, match="the policy of fraud does not permit"):
            ask(FORBID, proposal=proposal)
    assert audit_queue.kinds == ["denied", "denied"]


def test_what_a_person_approved_is_done(ask, provider, approval):
    ask(ASK, approval)
    assert len(provider.effects) == 1


def test_what_a_person_approved_and_the_policy_forbids_by_now_is_not_done(ask, provider, approval):
    with pytest.raises(Denied):
        ask(FORBID, approval)
    assert provider.effects == []


def test_what_happens_by_default_is_nobodys_approval(ask, provider, approval):
    """The policy asks a person, and none has said anything; where it would permit, the default is good enough."""
    silent = replace(approval, approvers=["default"])
    with pytest.raises(ApprovalNeeded):
        ask(ASK, silent)
    assert provider.effects == []
    ask(PERMIT, silent)
    assert len(provider.effects) == 1


def test_a_policy_that_asks_more_people_by_now_is_not_satisfied_by_one(ask, provider, approval):
    """Twice the same name is one person."""
    for names in (["ada"], ["ada", "ada"], ["ada", "default"]):
        with pytest.raises(ApprovalNeeded):
            ask(replace(ASK, approvers=2), replace(approval, approvers=names))
    ask(replace(ASK, approvers=2), replace(approval, approvers=["ada", "grace"]))
    assert len(provider.effects) == 1


def test_a_quote_says_whether_the_policy_leaves_it_to_people(ask, clock, grant_key):
    required = []
    for decision in (ASK, PERMIT):
        with pytest.raises(ApprovalNeeded) as needed:
            ask(decision, proposal=True)
        required.append(check_proposal(needed.value.proposal, [grant_key], clock.now).required)
    assert required == [True, False]


def test_an_approval_is_used_once(ask, provider, approval):
    """However often it is presented."""
    assert [ask(ASK, approval) for _ in range(3)] == [dict(provider.review)] * 3
    assert len(provider.effects) == 1


def test_an_approval_of_other_arguments_does_not_count(ask, provider, approval):
    with pytest.raises(Denied, match="the approval is for another action"):
        ask(ASK, approval, note="something else")
    with pytest.raises(Denied, match="the approval is for another action"):
        ask(PERMIT, replace(approval, action="0" * 64))
    assert provider.effects == []


def test_an_approval_given_to_another_agent_does_not_count(ask, provider, approval):
    with pytest.raises(Denied, match="the approval is for another action"):
        ask(ASK, replace(approval, agent="triage"))
    assert provider.effects == []


def test_with_an_approval_the_agent_may_still_read(ask, approval):
    assert ask(PERMIT, approval, operation="review.retrieve")["open"] is True


def test_a_read_that_a_person_must_allow_is_not_allowed_by_another_approval(ask, approval):
    with pytest.raises(ApprovalNeeded):
        ask(ASK, approval, operation="review.retrieve")


def test_a_state_that_changed_since_is_judged_again(ask, provider, approval, clock, grant_key):
    """The new proposal shows what it is now."""
    provider.review["charge"] = {"amount": 990_000}
    with pytest.raises(ApprovalNeeded, match="changed since it was approved") as needed:
        ask(ASK, approval)
    assert check_proposal(needed.value.proposal, [grant_key], clock.now).state["charge.amount"] == 990_000
    assert provider.effects == []


def test_a_change_of_what_nobody_judged_matters_to_nobody(ask, provider, approval):
    provider.review["viewed"] = 2
    ask(ASK, approval)
    assert len(provider.effects) == 1


def test_after_a_refused_approval_the_same_event_may_be_approved_again(ask, provider, approval):
    """The claim was given back: nothing was done."""
    provider.review["charge"] = {"amount": 1, "currency": "eur"}
    with pytest.raises(ApprovalNeeded):
        ask(ASK, approval)
    again = replace(approval, state=digest(STATE | {"charge.amount": 1}))
    ask(ASK, again, event="stripe:evt_1")
    assert len(provider.effects) == 1


def test_what_was_refused_for_a_changed_state_costs_the_tree_nothing(ask, provider, approval):
    """Each time that a person is asked again is another event, and none of them had an effect."""
    provider.review["charge"] = {"amount": 1}
    for number in range(30):
        with pytest.raises(ApprovalNeeded):
            ask(ASK, approval, event=f"review.service:review.approved:{number}", tree="stripe:evt_1")
    assert provider.effects == []


def test_an_approved_effect_whose_answer_was_lost_is_found_and_not_asked_again(ask, provider, approval, audit_queue):
    """It changed the state that was judged by itself."""
    provider.fails = RetryableError("the connection broke")
    with pytest.raises(RetryableError):
        ask(ASK, approval)
    provider.fails = None
    assert ask(ASK, approval)["open"] is False
    assert len(provider.effects) == 1
    assert audit_queue.records[-1]["reason"] == "found at the provider"


def test_a_tree_that_takes_too_long_is_over(ask, provider, clock, audit_queue):
    """Its wall time counts from the grant."""
    clock.now += 599
    ask(PERMIT, operation="review.retrieve")
    clock.now += 2
    with pytest.raises(BudgetExceeded, match="older than the 600 s"):
        ask(PERMIT)
    assert provider.effects == []
    assert audit_queue.kinds == ["read", "denied"]


def test_what_was_done_is_answered_after_the_trees_time_too(ask, provider, clock, audit_queue):
    """A retry that comes too late learns that the effect has happened."""
    ask(PERMIT)
    clock.now += 601
    assert ask(PERMIT)["open"] is False
    assert len(provider.effects) == 1
    assert audit_queue.kinds == ["attempted", "effected", "repeated"]


def test_what_is_too_late_holds_no_claim_and_no_budget(ask, provider, clock, dynamodb):
    """Unless an earlier try may have acted: whether it did stays open."""
    clock.now += 601
    with pytest.raises(BudgetExceeded):
        ask(PERMIT)
    assert dynamodb.scan(TableName="ledger")["Items"] == []
    clock.now -= 601
    provider.fails = RetryableError("the connection broke")
    with pytest.raises(RetryableError):
        ask(PERMIT)
    clock.now += 601
    with pytest.raises(BudgetExceeded):
        ask(PERMIT)
    assert [item["status"]["S"] for item in dynamodb.scan(TableName="ledger")["Items"]] == ["claimed"]
