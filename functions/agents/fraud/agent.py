"""The fraud agent: scores a payment by its customer's past payments, and approves it or asks a person."""

from collections.abc import Mapping, Sequence
from typing import Any

from functions.agents.fraud.score import Payment, Score, score
from functions.agents.fraud.settings import SETTINGS
from functions.agents.fraud.tools import Tools
from functions.api.agent import Action, ApprovalRequired, Done, Emit, Event, Outcome

HISTORY = 200  # past payments that the score uses


def run(event: Event, tools: Tools) -> Outcome | Sequence[Outcome]:
    """Decide on a payment.succeeded; for a review.approved, publish the payment as approved."""
    if event.type == "review.approved":
        return publish_approved(event)
    charge = tools.stripe.charge_retrieve(charge=event.data["charge"])
    if not is_payment(charge):
        return Done("the charge is no longer a payment to decide on")
    payment = payment_of(charge, exponent=event.data.get("exponent"))
    result = score(payment, past_of(event, tools), SETTINGS)
    review = event.data["review"]
    if result.value < SETTINGS.hold_at:
        if review:
            tools.stripe.review_approve(review=review)
        data = {"charge": charge["id"], "score": result.value, "review_closed": bool(review)}
        return Emit("payment.approved", data, why=explain(result))
    return hold(event, payment, result)


def hold(event: Event, payment: Payment, result: Score) -> Sequence[Outcome]:
    """Ask a person to approve the payment, and publish that it is held."""
    charge, review = event.data["charge"], event.data["review"]
    evidence = {"charge": charge, "amount": str(payment.money), "score": result.value}
    return (
        ApprovalRequired(
            action=Action("stripe", "review.approve", {"review": review}) if review else None,
            question=f"Approve this payment of {payment.money}?",
            evidence=evidence | {"signals": dict(result.contributions)},
            why=explain(result),
        ),
        Emit("payment.held", {"charge": charge, "score": result.value, "reasons": list(result.contributions)}),
    )


def publish_approved(event: Event) -> Outcome:
    """Publish the payment that a person approved; its review at Stripe, if it has one, is closed by now."""
    evidence = event.data["evidence"]
    data = {"charge": evidence["charge"], "score": evidence["score"], "review_closed": bool(event.data["action"])}
    return Emit("payment.approved", data, why=f"approved by {', '.join(event.data['by'])}")


def past_of(event: Event, tools: Tools) -> list[Payment]:
    """The customer's earlier payments. This one is left out: it, or a capture of it in part, may be on the timeline."""
    customer, charge = event.data["customer"], event.data["charge"]
    if not customer:
        return []
    timeline = tools.context.timeline_read(entity=f"stripe:customer/{customer}", limit=HISTORY, type=event.type)
    fields = Payment.__dataclass_fields__
    return [
        Payment(**{name: entry["data"].get(name) for name in fields})
        for entry in timeline["entries"]
        if entry["id"] != event.id and entry["data"].get("charge") != charge
    ]


def is_payment(charge: Mapping[str, Any]) -> bool:
    """Whether money was paid and not given back or contested; an authorization that is not captured pays nothing."""
    paid = charge.get("paid") and charge.get("captured", True)
    return bool(paid) and not charge.get("refunded") and not charge.get("disputed")


def payment_of(charge: Mapping[str, Any], exponent: int | None) -> Payment:
    """A Stripe charge (https://docs.stripe.com/api/charges/object) as a Payment, with the exponent of its event."""
    card = (charge.get("payment_method_details") or {}).get("card") or {}
    return Payment(
        amount=charge.get("amount_captured", charge["amount"]),
        currency=charge["currency"],
        created=charge["created"],
        country=card.get("country"),
        card=card.get("fingerprint"),
        risk_level=(charge.get("outcome") or {}).get("risk_level"),
        exponent=exponent,
    )


def explain(result: Score) -> str:
    """The score in one line, for the audit trail."""
    parts = ", ".join(f"{name} {share}" for name, share in result.contributions.items())
    return f"score {result.value} ({parts or 'no signal'}), held from {SETTINGS.hold_at}"
