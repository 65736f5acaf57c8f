"""The fraud agent: what it does with a payment, with tools that only answer."""

from types import SimpleNamespace

import pytest

from functions.agents.fraud.agent import HISTORY, past_of, payment_of, run
from functions.agents.fraud.manifest import MANIFEST
from functions.core.events import catalogue
from functions.core.platform.action import Action
from functions.core.platform.environment import AgentEnvironment
from functions.core.runtime.outcomes import ApprovalRequired, Done, Emit
from functions.providers.stripe.sandbox.objects import charge

CREATED = 1_790_000_000


class FakeTools:
    """Answers with one charge and one timeline, and keeps what it was asked."""

    def __init__(self, charge: dict, entries: list[dict]) -> None:
        self.asked: list[tuple] = []
        self._charge = charge
        self._entries = entries
        self.stripe = SimpleNamespace(charge_retrieve=self._retrieve, review_approve=self._approve)
        self.context = SimpleNamespace(timeline_read=self._read)

    def _retrieve(self, **arguments: object) -> dict:
        self.asked.append(("charge.retrieve", arguments))
        return self._charge

    def _approve(self, **arguments: object) -> dict:
        self.asked.append(("review.approve", arguments))
        return {"open": False}

    def _read(self, **arguments: object) -> dict:
        self.asked.append(("timeline.read", arguments))
        return {"entries": self._entries, "aggregates": {}}

    @property
    def approved(self) -> list[dict]:
        return [arguments for name, arguments in self.asked if name == "review.approve"]


def made_charge(**changes: object) -> dict:
    fields = {
        "amount": 4200,
        "currency": "usd",
        "customer": "cus_Example",
        "created": CREATED,
        "card_fingerprint": "fp_1",
        "country": "US",
        "risk_level": "normal",
        "risk_score": 12,
        "review": "prv_Example",
    }
    return charge("ch_3PExample", **{**fields, **changes})


def entry(id: str, type: str = "payment.succeeded", **data: object) -> dict:
    fields = {"amount": 4200, "currency": "usd", "created": CREATED - 100_000, "country": "US", "card": "fp_1"}
    return {"id": id, "type": type, "data": {**fields, "risk_level": "normal", "charge": "ch_old", **data}}


USUAL = [entry(f"stripe:evt_old{number}") for number in range(3)]


@pytest.fixture
def decide(make_event):
    """Lets the agent decide on a charge with a past; returns its outcomes and its tools."""

    def decide(entries: list[dict] = USUAL, event: dict | None = None, **changes: object):
        captured = {"amount_captured": changes["amount"]} if "amount" in changes else {}
        tools = FakeTools({**made_charge(), **captured, **changes}, entries)
        answer = run(make_event(event), tools)
        return (list(answer) if isinstance(answer, tuple | list) else [answer]), tools

    return decide


def test_a_usual_payment_is_approved_and_its_review_closed(decide):
    """With the score and its reasons on record."""
    (outcome,), tools = decide()
    assert outcome == Emit(
        "payment.approved",
        {"charge": "ch_3PExample", "score": 0.0, "review_closed": True},
        why="score 0.0 (no signal), held from 0.5",
    )
    assert tools.approved == [{"review": "prv_Example"}]


def test_a_payment_without_a_review_is_approved_and_nothing_is_closed(decide):
    """There is nothing to close."""
    (outcome,), tools = decide(event={"review": None}, review=None)
    assert outcome.data["review_closed"] is False
    assert tools.approved == []


def test_an_amount_far_out_is_held_for_a_person(decide):
    """Who is asked about exactly the action that the agent did not take."""
    (asked, held), tools = decide(amount=420_000)
    assert isinstance(asked, ApprovalRequired)
    assert asked.action == Action("stripe", "review.approve", {"review": "prv_Example"})
    assert asked.evidence == {
        "charge": "ch_3PExample",
        "amount": "4,200.00 USD",
        "score": 0.6,
        "signals": {"amount": 0.6},
    }
    assert asked.question == "Approve this payment of 4,200.00 USD?"
    assert (asked.why, asked.otherwise) == ("score 0.6 (amount 0.6), held from 0.5", "deny")
    assert held == Emit("payment.held", {"charge": "ch_3PExample", "score": 0.6, "reasons": ["amount"]})
    assert tools.approved == []


def test_a_held_payment_without_a_review_has_no_action(decide):
    """The person acts themselves."""
    (asked, held), _ = decide(event={"review": None}, amount=420_000, review=None)
    assert (asked.action, held.type) == (None, "payment.held")


def test_the_threshold_itself_is_held(decide, monkeypatch):
    """From this score on, a person decides."""
    monkeypatch.setattr("functions.agents.fraud.agent.score", lambda *_: SimpleNamespace(value=0.5, contributions={}))
    outcomes, _ = decide()
    assert [type(outcome) for outcome in outcomes] == [ApprovalRequired, Emit]
    assert outcomes[1].type == "payment.held"


@pytest.mark.parametrize(
    "change", [{"refunded": True}, {"disputed": True}, {"paid": False}, {"captured": False}], ids=str
)
def test_a_charge_that_is_no_payment_any_more_is_left_alone(decide, change):
    """The delivery is old news: nothing is approved, and nobody is asked."""
    (outcome,), tools = decide(**change)
    assert isinstance(outcome, Done)
    assert tools.approved == []


def test_the_charge_that_is_judged_is_the_providers_own(decide):
    """What Stripe says now counts, not the amount that the event brought."""
    (asked, _), _ = decide(event={"amount": 1}, amount=420_000)
    assert asked.evidence["amount"] == "4,200.00 USD"


def test_a_payment_that_was_captured_in_part_is_judged_by_what_was_captured(decide):
    """The rest of the authorization was released."""
    (outcome,), _ = decide(amount=420_000, amount_captured=4200)
    assert outcome.type == "payment.approved"


def test_a_person_reads_the_amount_with_its_decimals(decide):
    """As Stripe writes that currency: ISK with two decimals, JPY with none."""
    asked = [
        decide(event={"currency": currency, "exponent": exponent}, amount=90_000_000, currency=currency)[0][0]
        for currency, exponent in (("jpy", 0), ("isk", 2), ("kwd", 3))
    ]
    said = ["90,000,000 JPY", "900,000.00 ISK", "90,000.000 KWD"]
    assert [one.evidence["amount"] for one in asked] == said
    assert [one.question for one in asked] == [f"Approve this payment of {money}?" for money in said]


def test_everything_it_publishes_is_in_the_catalogue_and_its_manifest(decide):
    """Otherwise the runtime would refuse it."""
    outcomes = [*decide()[0], *decide(amount=420_000)[0]]
    emitted = [outcome for outcome in outcomes if isinstance(outcome, Emit)]
    assert sorted(outcome.type for outcome in emitted) == sorted(MANIFEST.publishes)
    assert all(catalogue.check(outcome.type, outcome.data) == outcome.data for outcome in emitted)


def test_the_event_itself_is_left_out_of_the_past(make_event):
    """It may or may not stand on the timeline already; the decision is the same."""
    tools = FakeTools({}, [entry("stripe:evt_1", amount=999), *USUAL])
    assert [payment.amount for payment in past_of(make_event(), tools)] == [4200, 4200, 4200]


def test_another_capture_of_the_same_charge_is_not_of_the_past(make_event):
    """Several captures of one authorization are one payment."""
    tools = FakeTools({}, [entry("stripe:evt_0", charge="ch_3PExample", amount=999), *USUAL])
    assert [payment.amount for payment in past_of(make_event(), tools)] == [4200, 4200, 4200]


def test_the_past_is_the_customers_and_bounded(make_event):
    """Of the customer that the event names."""
    tools = FakeTools({}, [])
    past_of(make_event(), tools)
    assert tools.asked == [
        ("timeline.read", {"entity": "stripe:customer/cus_Example", "limit": HISTORY, "type": "payment.succeeded"})
    ]


def test_a_guest_has_no_past(make_event):
    """And nothing is asked for."""
    tools = FakeTools({}, USUAL)
    assert past_of(make_event({"customer": None}), tools) == []
    assert tools.asked == []


@pytest.mark.parametrize("details", [None, {}, {"type": "sepa_debit"}, {"card": None}], ids=str)
def test_a_charge_without_a_card_has_no_card_or_country(details):
    """Not every payment is by card."""
    payment = payment_of({**made_charge(), "payment_method_details": details, "outcome": None}, 2)
    assert (payment.card, payment.country, payment.risk_level) == (None, None, None)


def test_a_card_charge_is_seen_with_its_card():
    """As Stripe's charge holds it."""
    payment = payment_of(made_charge(), 2)
    assert (payment.amount, payment.currency, payment.created) == (4200, "usd", CREATED)
    assert (payment.card, payment.country, payment.risk_level) == ("fp_1", "US", "normal")


def test_the_handler_is_the_agent_behind_its_queue(start, dynamodb, sqs, sqs_payload, lambda_context):
    """A message that is not an event goes to its dead-letter queue."""
    environment = AgentEnvironment("audit", "queue", "dead-letters", "fraud", "bus", "idempotency", "arn:{connector}")
    handler = start("functions.core.runtime.handlers.agent", environment, sqs=sqs, dynamodb=dynamodb)
    assert handler(sqs_payload("garbage"), lambda_context) == {"batchItemFailures": []}
    assert [sent["QueueUrl"] for sent in sqs.of("send_message")] == ["audit", "dead-letters"]
