"""The gate: the steps that every call of a connector passes, in their order, over a real ledger on moto's DynamoDB."""

import pytest

from functions.core.gate.budgets import Account, Budgets
from functions.core.gate.call import RESERVE_SECONDS
from functions.core.gate.gate import Gate
from functions.core.gate.ledger import Effect, Ledger
from functions.core.gate.policy import Answer, PolicyDecision
from functions.core.gate.request import Request
from functions.core.manifests.agent import AgentManifest, Subscription, Use
from functions.core.manifests.arguments import Number, Text
from functions.core.manifests.connector import ConnectorManifest, Operation
from functions.core.platform.canonical import digest
from functions.core.platform.errors import (
    BudgetExceeded,
    CircuitOpen,
    ConfigurationError,
    Denied,
    PermanentError,
    RetryableError,
)

READ = Operation("charge.retrieve", kind="read", entity="stripe:charge/{charge}", takes={"limit": Number()})
ACT = Operation(
    "review.approve", kind="effect", entity="stripe:review/{review}", idempotency="key", takes={"note": Text()}
)
BETWEEN = Operation("line.read", kind="read", entity="stripe:line/{invoice}/{line}")
UNUSED = Operation("charge.list", kind="read", entity="stripe:charge/{charge}")
STRIPE = ConnectorManifest(name="stripe", owner="tests", operations=[READ, ACT, BETWEEN, UNUSED], seconds=10)
SUBSCRIBES = [Subscription("payment.succeeded", ["webhook.stripe"])]
FRAUD = AgentManifest(
    name="fraud",
    owner="tests",
    purpose="tests",
    subscribes=SUBSCRIBES,
    uses=[Use("stripe", ["charge.retrieve", "review.approve", "line.read", "charge.gone"], "tests")],
)
IDLE = AgentManifest(name="idle", owner="tests", purpose="tests", subscribes=SUBSCRIBES)
CHARGE, REVIEW = "stripe:charge/ch_1", "stripe:review/prv_1"


class Performer:
    """Answers {"done": true}, or raises `raises`."""

    def __init__(self) -> None:
        self.calls: list[tuple] = []
        self.raises: Exception | None = None

    def call(self, operation: Operation, arguments: dict, key: str | None, seconds: float) -> dict:
        self.calls.append((operation.name, dict(arguments), key, seconds))
        if self.raises:
            raise self.raises
        return {"done": True}


class Watched:
    """Notes every method of `target` that is called, by its name."""

    def __init__(self, target: object, steps: list[str]) -> None:
        self._target = target
        self._steps = steps

    def __getattr__(self, name: str) -> object:
        self._steps.append(name)
        return getattr(self._target, name)


@pytest.fixture
def steps() -> list[str]:
    return []


@pytest.fixture
def performer() -> Performer:
    return Performer()


@pytest.fixture
def ledger(dynamodb, table, new_id) -> Ledger:
    return Ledger(dynamodb, table("ledger"), new_id)


@pytest.fixture
def budgets(dynamodb, table) -> Budgets:
    return Budgets(dynamodb, table("budgets"))


@pytest.fixture
def decision() -> PolicyDecision:
    """What the policy says; a module of its own tests what it makes of other answers."""
    return PolicyDecision(Answer.PERMIT, ("all",))


@pytest.fixture
def make_gate(performer, ledger, budgets, make_audit, clock, grant_key, steps, decision):
    def find(alias: str) -> AgentManifest | None:
        steps.append("who")
        return {"fraud": FRAUD, "idle": IDLE}.get(alias)

    def keys() -> list[str]:
        steps.append("whose grant")
        return [grant_key]

    def may_it(*asked: object) -> PolicyDecision:
        steps.append("may it")
        return decision

    def make(ledger: Ledger | None = ledger) -> Gate:
        watched = Watched(ledger, steps) if ledger else None
        audit = Watched(make_audit("connector.stripe"), steps)
        spent = Watched(budgets, steps)
        return Gate(STRIPE, find, may_it, keys, Watched(performer, steps), watched, spent, audit, clock)

    return make


@pytest.fixture
def ask(make_gate, make_grant, clock):
    """Asks the gate, as the fraud agent, with a grant for the charge and its review unless told otherwise."""

    def ask(operation: str, arguments: dict, alias: str = "fraud", gate: Gate | None = None, **changes: object):
        given = {
            "operation": operation,
            "arguments": arguments,
            "event": "stripe:evt_1",
            "correlation": "stripe:evt_1",
            "grant": make_grant(CHARGE, REVIEW),
            "deadline": clock.now + 20,
        }
        return (gate or make_gate()).handle(Request.read({**given, **changes}), alias).result

    return ask


def status(dynamodb, effect: Effect) -> dict | None:
    return dynamodb.get_item(TableName="ledger", Key={"key": {"S": effect.row}}).get("Item")


APPROVAL = Effect("fraud", "stripe:review.approve", REVIEW, "stripe:evt_1", digest({"review": "prv_1"}))


def test_an_effect_passes_every_step_in_order(ask, steps):
    """Who, whose grant, has it been done, the intent on record, the call, its answer kept and recorded."""
    assert ask("review.approve", {"review": "prv_1"}) == {"done": True}
    assert steps == [
        *("who", "whose grant", "may it", "reserve_effect", "claim"),
        *("record", "flush", "call", "finish", "record", "flush"),
    ]


def test_a_read_claims_nothing(ask, steps, audit_queue):
    """And stands on the trail with the digest of its answer."""
    assert ask("charge.retrieve", {"charge": "ch_1"}) == {"done": True}
    assert steps == ["who", "whose grant", "may it", "call", "record", "flush"]
    record = audit_queue.records[0]
    assert (record["kind"], record["decision"], record["resource"]) == ("read", "permit", CHARGE)
    assert record["digests"] == {"arguments": digest({"charge": "ch_1"}), "answer": digest({"done": True})}


def test_the_intent_is_on_record_before_the_call(ask, performer, audit_queue):
    """Even if the outcome of the call is unknown."""
    seen = []
    performer.call = lambda *_: seen.extend(audit_queue.kinds) or {}
    ask("review.approve", {"review": "prv_1"})
    assert seen == ["attempted"]
    assert audit_queue.kinds == ["attempted", "effected"]


def test_every_record_names_the_event_of_the_grant_and_what_is_only_claimed(ask, audit_queue):
    """The agent says that it handles another event of the tree, which nothing proves."""
    sent = {"event": "agent.fraud:payment.held:1", "causation": "stripe:evt_1"}
    ask("review.approve", {"review": "prv_1"}, **sent)
    ask("review.approve", {"review": "prv_1"}, **sent)
    ask("charge.retrieve", {"charge": "ch_1"}, **sent)
    with pytest.raises(Denied):
        ask("charge.retrieve", {"charge": "ch_other"}, **sent)
    assert audit_queue.kinds == ["attempted", "effected", "repeated", "read", "denied"]
    said = {tuple(record[name] for name in ("event", "claimed", "causation")) for record in audit_queue.records}
    assert said == {("stripe:evt_1", *sent.values())}


def test_the_event_that_the_grant_was_minted_for_is_not_marked_as_claimed(ask, audit_queue):
    ask("charge.retrieve", {"charge": "ch_1"})
    (record,) = audit_queue.records
    assert (record["event"], record["claimed"], record["correlation"]) == ("stripe:evt_1", "", "stripe:evt_1")


@pytest.mark.parametrize("alias", ["fraud", "nobody"])
def test_without_a_valid_grant_no_event_is_verified(ask, audit_queue, alias):
    """What the caller says stays in its tree, marked as its word."""
    with pytest.raises(Denied):
        ask("charge.retrieve", {"charge": "ch_1"}, alias=alias, grant="made-up", event="stripe:evt_9")
    (record,) = audit_queue.records
    assert (record["event"], record["claimed"], record["correlation"]) == ("", "stripe:evt_9", "stripe:evt_1")


def test_without_a_cause_in_the_request_the_record_has_none(ask, audit_queue):
    """A delivery's event has no parent, and an agent that was deployed earlier does not send it."""
    ask("charge.retrieve", {"charge": "ch_1"})
    assert audit_queue.records[0]["causation"] == ""


def test_without_the_intent_on_record_nothing_is_called(ask, performer, audit_queue):
    """An effect that nobody could show afterwards does not happen."""
    audit_queue.refuses = RetryableError("the audit queue is full")
    with pytest.raises(RetryableError, match="audit queue"):
        ask("review.approve", {"review": "prv_1"})
    assert performer.calls == []


def test_the_effects_key_goes_to_the_provider(ask, performer):
    """It is the ledger's, made of verified fields; a read has none."""
    ask("review.approve", {"review": "prv_1"})
    ask("charge.retrieve", {"charge": "ch_1"})
    assert [call[2] for call in performer.calls] == [APPROVAL.key, None]


@pytest.mark.parametrize(("left", "seconds"), [(5, 5 - RESERVE_SECONDS), (100, STRIPE.seconds)])
def test_a_call_gets_what_is_left_of_the_deadline_up_to_the_connectors_own(ask, performer, clock, left, seconds):
    """Less what is needed to write its outcome down."""
    ask("charge.retrieve", {"charge": "ch_1"}, deadline=clock.now + left)
    assert performer.calls[0][3] == pytest.approx(seconds)


@pytest.mark.parametrize(("operation", "arguments"), [("charge.retrieve", "charge"), ("review.approve", "review")])
def test_after_the_deadline_nothing_is_called_or_claimed(ask, performer, steps, clock, operation, arguments):
    """The retried event has time of its own."""
    ids = {"charge": "ch_1", "review": "prv_1"}
    with pytest.raises(RetryableError, match="time is up"):
        ask(operation, {arguments: ids[arguments]}, deadline=clock.now + RESERVE_SECONDS)
    assert "claim" not in steps
    assert performer.calls == []


REFUSALS = {
    "an alias that no agent declares": (Denied, "no agent 'other'", {"alias": "other"}),
    "an invocation without an alias": (Denied, "no agent ''", {"alias": ""}),
    "an agent that does not use the connector": (Denied, "does not declare", {"alias": "idle"}),
    "an operation that the agent does not declare": (Denied, "does not declare", {"operation": "charge.list"}),
    "an operation that the connector does not have": (Denied, "does not declare", {"operation": "charge.gone"}),
    "an invalid grant": (Denied, "not minted here", {"grant": "e30.AAAA"}),
    "another event's grant": (Denied, "another event", {"correlation": "stripe:evt_2"}),
    "an entity outside the grant": (Denied, "does not name stripe:charge/ch_2", {"arguments": {"charge": "ch_2"}}),
    "an entity of another kind": (Denied, "does not name", {"arguments": {"charge": "prv_1"}}),
    "an unknown argument": (PermanentError, "does not take amount", {"arguments": {"charge": "ch_1", "amount": "9"}}),
    "a missing argument": (PermanentError, "needs charge", {"arguments": {}}),
    "an empty argument": (PermanentError, "needs charge", {"arguments": {"charge": ""}}),
    "an argument of another type": (PermanentError, "charge is not a text", {"arguments": {"charge": ["ch_1"]}}),
    "a text for a number": (
        PermanentError,
        "limit is not a whole number",
        {"arguments": {"charge": "ch_1", "limit": "5"}},
    ),
    "a flag for a number": (
        PermanentError,
        "limit is not a whole number",
        {"arguments": {"charge": "ch_1", "limit": True}},
    ),
    "a number that no policy takes": (
        PermanentError,
        "not a whole number",
        {"arguments": {"charge": "ch_1", "limit": 2**63}},
    ),
    "a number for an id": (PermanentError, "charge is not a text", {"arguments": {"charge": 1}}),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_is_not_allowed_is_refused_recorded_and_calls_nothing(ask, performer, audit_queue, case):
    """Each refusal stands on the trail with its reason."""
    error, reason, changes = REFUSALS[case]
    asked = {"operation": "charge.retrieve", "arguments": {"charge": "ch_1"}, **changes}
    with pytest.raises(error, match=reason) as refused:
        ask(**asked)
    assert type(refused.value) is error
    assert performer.calls == []
    record = audit_queue.records[0]
    kind = "denied" if error is Denied else "failed"
    assert (record["kind"], record["decision"]) == (kind, error.__name__)
    assert record["reason"] == str(refused.value)
    assert record["action"] == f"stripe:{asked['operation']}"


def test_an_expired_or_altered_or_foreign_grant_is_denied(ask, make_grant, clock, performer):
    """Whatever it names."""
    good = make_grant(CHARGE)
    bad = [make_grant(CHARGE, expires=clock.now - 1), good[:-2], make_grant(CHARGE, key="another key " * 4)]
    for grant in bad:
        with pytest.raises(Denied):
            ask("charge.retrieve", {"charge": "ch_1"}, grant=grant)
    assert performer.calls == []


@pytest.mark.parametrize(
    ("arguments", "passes"),
    [
        ({"invoice": "in_1", "line": "il_1"}, True),
        ({"invoice": "in_1/il_1", "line": "x"}, False),
        ({"invoice": "in_1", "line": "il_1/x"}, False),
    ],
)
def test_two_arguments_name_one_entity_in_one_way_only(ask, make_grant, arguments, passes):
    """Cut at another slash, the same entity would be another thing at the provider."""
    granted = make_grant("stripe:line/in_1/il_1", "stripe:line/in_1/il_1/x")
    if passes:
        ask("line.read", arguments, grant=granted)
        return
    with pytest.raises(Denied, match="may hold a slash"):
        ask("line.read", arguments, grant=granted)


def test_braces_in_an_argument_are_only_text(ask):
    """An id cannot fill itself in."""
    with pytest.raises(Denied, match="does not name"):
        ask("charge.retrieve", {"charge": "{charge}"})


def test_an_optional_argument_goes_along(ask, performer):
    """And is part of what the claim was made with."""
    ask("charge.retrieve", {"charge": "ch_1", "limit": 5})
    assert performer.calls[0][1] == {"charge": "ch_1", "limit": 5}


def test_a_second_call_gets_the_firsts_answer_and_calls_nothing(ask, performer, audit_queue):
    """A copy of the event, a retry, an insistent agent: one effect."""
    assert [ask("review.approve", {"review": "prv_1"}) for _ in range(3)] == [{"done": True}] * 3
    assert len(performer.calls) == 1
    assert audit_queue.kinds == ["attempted", "effected", "repeated", "repeated"]


def test_a_second_call_with_other_arguments_is_denied(ask, performer):
    """One event has one effect of a kind on an entity."""
    ask("review.approve", {"review": "prv_1"})
    with pytest.raises(Denied, match="other arguments"):
        ask("review.approve", {"review": "prv_1", "note": "again"})
    assert len(performer.calls) == 1


def test_a_retryable_failure_leaves_the_claim_open_for_the_next(ask, performer, audit_queue):
    """It may or may not have happened; the next one finds out at once, and says that it took over."""
    performer.raises = RetryableError("no answer", retry_after=3)
    with pytest.raises(RetryableError) as failed:
        ask("review.approve", {"review": "prv_1"})
    performer.raises = None
    assert failed.value.retry_after == 3
    assert ask("review.approve", {"review": "prv_1"}) == {"done": True}
    assert [(record["kind"], record["reason"]) for record in audit_queue.records] == [
        ("attempted", ""),
        ("failed", "no answer"),
        ("attempted", "taken over"),
        ("effected", ""),
    ]


def test_an_open_circuit_releases_the_claim(ask, performer, dynamodb):
    """Nothing was sent, so the next one need not find anything out."""
    performer.raises = CircuitOpen("stripe is not well", 20)
    with pytest.raises(CircuitOpen):
        ask("review.approve", {"review": "prv_1"})
    assert status(dynamodb, APPROVAL) is None


def test_a_credential_that_is_not_set_releases_the_claim(ask, performer, dynamodb):
    """Nothing was sent; the retry must meet the same reason, not its own claim."""
    performer.raises = ConfigurationError("secret hookline/connectors/stripe cannot be read")
    for _ in range(2):
        with pytest.raises(ConfigurationError):
            ask("review.approve", {"review": "prv_1"})
    assert status(dynamodb, APPROVAL) is None


def test_a_permanent_failure_releases_the_claim(ask, performer, dynamodb):
    """The provider said for certain that nothing happened."""
    performer.raises = PermanentError("stripe answered 404")
    with pytest.raises(PermanentError):
        ask("review.approve", {"review": "prv_1"})
    assert status(dynamodb, APPROVAL) is None


def test_a_failure_that_nobody_foresaw_keeps_the_claim_for_its_lease(ask, performer, clock):
    """Whether it happened is not known, so nobody else may act at once; after the lease the next one may."""
    performer.raises = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        ask("review.approve", {"review": "prv_1"})
    performer.raises = None
    with pytest.raises(RetryableError, match="in progress"):
        ask("review.approve", {"review": "prv_1"})
    clock.now += STRIPE.timeout + 1
    assert ask("review.approve", {"review": "prv_1"}) == {"done": True}


def test_a_failure_that_nobody_foresaw_is_on_record_by_its_place(ask, performer, audit_queue):
    """Its message may quote what the caller sent."""
    performer.raises = ValueError("a customer's words")
    with pytest.raises(ValueError):
        ask("charge.retrieve", {"charge": "ch_1"})
    (record,) = audit_queue.records
    assert (record["kind"], record["decision"]) == ("failed", "ValueError")
    assert record["reason"].startswith("ValueError at ")
    assert "customer" not in record["reason"]


def test_an_effect_without_a_ledger_is_a_matter_of_configuration(ask, make_gate, performer):
    """It does not happen unclaimed."""
    with pytest.raises(ConfigurationError, match="no ledger"):
        ask("review.approve", {"review": "prv_1"}, gate=make_gate(ledger=None))
    assert performer.calls == []


def test_no_argument_or_answer_stands_on_the_trail_in_clear(ask, audit_queue):
    """Only their digests do."""
    ask("review.approve", {"review": "prv_1", "note": "a customer's words"})
    assert "a customer's words" not in str(audit_queue.records)
    assert "done" not in str(audit_queue.records)


def test_what_an_event_cannot_afford_is_not_claimed_and_not_done(ask, budgets, steps, performer, audit_queue):
    """It is on record as failed, with what was allowed."""
    budgets.reserve_effect(
        Account("stripe", "stripe:evt_1", "fraud", "stripe:evt_1", FRAUD.budget), "another effect", 0
    )
    with pytest.raises(BudgetExceeded):
        ask("review.approve", {"review": "prv_1"})
    assert "claim" not in steps
    assert performer.calls == []
    assert audit_queue.records[-1]["decision"] == "BudgetExceeded"
