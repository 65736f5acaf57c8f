"""The fraud agent: what it does with a payment, through the real gate and with Stripe's sandbox."""

import json
from types import SimpleNamespace

import pytest

from functions.agents.fraud.agent import HISTORY, past_of, payment_of
from functions.agents.fraud.manifest import MANIFEST
from functions.core.platform.action import Action
from functions.core.platform.environment import AgentEnvironment
from functions.core.runtime.outcomes import ApprovalRequired, Done, Emit
from functions.providers.stripe.sandbox.objects import charge
from hookline.testing.kit import event

CREATED = 1_790_000_000


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


def paid(charge: str, **changes: object):
    """An earlier payment of the customer."""
    fields = {"created": CREATED - 100_000, "country": "US", "card": "fp_1", "review": None}
    return event("payment.succeeded", charge=charge, **{**fields, **changes})


USUAL = [paid(f"ch_old{number}") for number in range(3)]


@pytest.fixture
def decide(kit):
    """Lets the agent decide on a charge that Stripe has, with a past; returns what came of it."""

    def decide(past: list = USUAL, payment: dict | None = None, **changes: object):
        captured = {"amount_captured": changes["amount"]} if "amount" in changes else {}
        fraud = kit("fraud", past=past)
        at_stripe = json.dumps([{**made_charge(), **captured, **changes}]).encode()
        assert fraud.sandbox("stripe").control("POST", "charges", at_stripe).status == 200
        return fraud.wake(event("payment.succeeded", payment or {}))

    return decide


def test_a_usual_payment_is_approved_and_its_review_closed(decide):
    """With the score and its reasons on record."""
    result = decide()
    data = {"charge": "ch_3PExample", "score": 0.0, "review_closed": True}
    assert result.outcomes == (Emit("payment.approved", data, why="score 0.0 (no signal), held from 0.5"),)
    assert [(one.operation, one.arguments, one.times) for one in result.effects] == [
        ("stripe.review.approve", {"review": "prv_Example"}, 1)
    ]


def test_a_payment_without_a_review_is_approved_and_nothing_is_closed(decide):
    """There is nothing to close."""
    result = decide(payment={"review": None}, review=None)
    assert result.published[0].data["review_closed"] is False
    assert result.effects == ()


def test_an_amount_far_out_is_held_for_a_person(decide):
    """Who is asked about exactly the action that the agent did not take."""
    result = decide(amount=420_000)
    (asked,) = result.asked
    assert asked.action == Action("stripe", "review.approve", {"review": "prv_Example"})
    assert asked.evidence == {
        "charge": "ch_3PExample",
        "amount": "4,200.00 USD",
        "score": 0.6,
        "signals": {"amount": 0.6},
    }
    assert asked.question == "Approve this payment of 4,200.00 USD?"
    assert (asked.why, asked.otherwise) == ("score 0.6 (amount 0.6), held from 0.5", "deny")
    assert result.published[1].data == {"charge": "ch_3PExample", "score": 0.6, "reasons": ["amount"]}
    assert (result.types, result.effects) == (["approval.required", "payment.held"], ())


def test_a_held_payment_that_a_person_approves_is_approved_and_its_review_closed(kit):
    """Once, by the gate; the agent then publishes it."""
    fraud = kit("fraud", past=USUAL)
    large = {**made_charge(), "amount": 420_000, "amount_captured": 420_000}
    fraud.sandbox("stripe").control("POST", "charges", json.dumps([large]).encode())
    approved = fraud.approve(fraud.wake(event("payment.succeeded")), by="ada")
    assert [(one.operation, one.times) for one in approved.effects] == [("stripe.review.approve", 1)]
    assert approved.outcomes == (
        Emit(
            "payment.approved",
            {"charge": "ch_3PExample", "score": 0.6, "review_closed": True},
            why="approved by link:ada",
        ),
    )


def test_a_held_payment_without_a_review_has_no_action(decide):
    """The person acts themselves."""
    result = decide(payment={"review": None}, amount=420_000, review=None)
    assert (result.asked[0].action, result.types) == (None, ["approval.required", "payment.held"])


def test_the_threshold_itself_is_held(decide, monkeypatch):
    """From this score on, a person decides."""
    monkeypatch.setattr("functions.agents.fraud.agent.score", lambda *_: SimpleNamespace(value=0.5, contributions={}))
    result = decide()
    assert [type(outcome) for outcome in result.outcomes] == [ApprovalRequired, Emit]
    assert result.outcomes[1].type == "payment.held"


@pytest.mark.parametrize(
    "change", [{"refunded": True}, {"disputed": True}, {"paid": False}, {"captured": False}], ids=str
)
def test_a_charge_that_is_no_payment_any_more_is_left_alone(decide, change):
    """The delivery is old news: nothing is approved, and nobody is asked."""
    result = decide(**change)
    assert result.outcomes == (Done("the charge is no longer a payment to decide on"),)
    assert (result.effects, result.asked) == ((), ())


def test_the_charge_that_is_judged_is_the_providers_own(decide):
    """What Stripe says now counts, not the amount that the event brought."""
    assert decide(payment={"amount": 1}, amount=420_000).asked[0].evidence["amount"] == "4,200.00 USD"


def test_a_payment_that_was_captured_in_part_is_judged_by_what_was_captured(decide):
    """The rest of the authorization was released."""
    assert decide(amount=420_000, amount_captured=4200).types == ["payment.approved"]


def test_a_person_reads_the_amount_with_its_decimals(decide):
    """As Stripe writes that currency: ISK with two decimals, JPY with none."""
    asked = [
        decide(payment={"currency": currency, "exponent": exponent}, amount=90_000_000, currency=currency).asked[0]
        for currency, exponent in (("jpy", 0), ("isk", 2), ("kwd", 3))
    ]
    said = ["90,000,000 JPY", "900,000.00 ISK", "90,000.000 KWD"]
    assert [one.evidence["amount"] for one in asked] == said
    assert [one.question for one in asked] == [f"Approve this payment of {money}?" for money in said]


def test_everything_that_its_manifest_publishes_is_published(decide):
    """So the cases here are all that it does."""
    published = {*decide().types, *decide(amount=420_000).types}
    assert published == {*MANIFEST.publishes, "approval.required"}


def test_the_event_itself_is_left_out_of_the_past(make_event):
    """It may or may not stand on the timeline already; the decision is the same."""
    known = {"amount": 4200, "currency": "usd", "created": CREATED - 100_000}
    entries = [{"id": id, "data": {**known, "charge": id}} for id in ("stripe:evt_1", "stripe:evt_0")]
    tools = SimpleNamespace(context=SimpleNamespace(timeline_read=lambda **_: {"entries": entries}))
    assert len(past_of(make_event(), tools)) == 1


def test_another_capture_of_the_same_charge_is_not_of_the_past(decide):
    """Several captures of one authorization are one payment."""
    captures = [paid("ch_3PExample", amount=10) for _ in range(3)]
    assert decide(past=captures).types == ["payment.approved"]
    assert decide(past=[paid(f"ch_old{number}", amount=10) for number in range(3)]).types[-1] == "payment.held"


def test_the_past_is_the_customers_and_bounded(decide):
    """Of the customer that the event names."""
    asked = f"context.timeline.read(entity='stripe:customer/cus_Example', limit={HISTORY}, type='payment.succeeded')"
    assert decide().reads[1] == asked


def test_a_guest_has_no_past(decide):
    """And nothing is asked for."""
    result = decide(payment={"customer": None}, customer=None)
    assert not any(read.startswith("context.") for read in result.reads)
    assert result.types == ["payment.approved"]


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
