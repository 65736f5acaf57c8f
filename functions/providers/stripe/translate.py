"""Stripe's events as domain events (https://docs.stripe.com/api/events/object)."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from functions.api.source import (
    CURRENCY,
    LONGEST_LINE,
    LONGEST_WORD,
    Fields,
    RawEvent,
    Translation,
    exponent,
    flag,
    matching,
    name,
    text,
    translated,
    whole,
)
from functions.providers.stripe.currencies import EXPONENTS

_word = text(LONGEST_WORD)
_currency = matching(CURRENCY, "a currency in three small letters")


def translate(raw_event: RawEvent) -> Translation | None:
    """The raw event as a domain event; None if its type has no translation.

    Raises UnreadableBody if a field is missing or of another type.
    """
    return translated(raw_event, _TRANSLATIONS)


# Related objects are ids: Stripe never expands them in webhooks.


def _charge_accepted(body: Fields) -> Translation:
    # https://docs.stripe.com/api/charges/object. `created` is when the customer paid, also if it is captured later.
    charge = body.part("data.object")
    captured = _is_captured(charge)
    named = {**_named(charge), "review": charge.key("review", name)}
    amount = _captured(charge) if captured else charge.need("amount", whole)
    data = {**named, **_money(charge, amount), "created": charge.need("created", whole), **_risk(charge)}
    return _about("payment.succeeded" if captured else "payment.authorized", named, data)


def _charge_failed(body: Fields) -> Translation:
    charge = body.part("data.object")
    named = _named(charge)
    data = {
        **named,
        **_money(charge),
        "created": charge.need("created", whole),
        "reason": charge.may("failure_code", _word),
        **_risk(charge),
    }
    return _about("payment.failed", named, data)


def _charge_refunded(body: Fields) -> Translation:
    # What is not captured is released in the form of a refund, which `amount_refunded` includes; no money comes back.
    charge = body.part("data.object")
    named = _named(charge)
    captured = _captured(charge) if _is_captured(charge) else 0
    released = max(0, charge.need("amount", whole) - captured)
    refunded = charge.need("amount_refunded", whole) - released
    if refunded <= 0:
        return _about("payment.released", named, {**named, **_money(charge, released)})
    data = {**named, **_money(charge, captured), "refunded": refunded, "whole": refunded >= captured}
    return _about("payment.refunded", named, data)


def _charge_expired(body: Fields) -> Translation:
    # The authorization ended without a capture.
    charge = body.part("data.object")
    named = _named(charge)
    return _about("payment.released", named, {**named, **_money(charge)})


def _dispute_created(body: Fields) -> Translation:
    # https://docs.stripe.com/api/disputes/object
    dispute = body.part("data.object")
    named = {"dispute": dispute.need("id", name), "charge": dispute.need("charge", name)}
    data = {
        **named,
        **_money(dispute),
        "reason": dispute.may("reason", _word),
        "status": dispute.may("status", _word),
        "created": dispute.need("created", whole),
        "due": dispute.may("evidence_details.due_by", whole),
    }
    return _about("payment.disputed", named, data)


def _warning_created(body: Fields) -> Translation:
    # https://docs.stripe.com/api/radar/early_fraud_warnings/object
    warning = body.part("data.object")
    charge = {"charge": warning.need("charge", name)}
    data = {
        **charge,
        "warning": warning.need("id", name),
        "reason": warning.may("fraud_type", _word),
        "actionable": warning.may("actionable", flag),
    }
    return _about("payment.suspected", charge, data)


def _review_closed(body: Fields) -> Translation:
    # https://docs.stripe.com/api/radar/reviews/object
    review = body.part("data.object")
    named = {"review": review.need("id", name), "charge": review.key("charge", name)}
    return _about("payment.review_closed", named, {**named, "outcome": review.may("closed_reason", _word)})


def _customer(body: Fields, *, gone: bool) -> Translation:
    # https://docs.stripe.com/api/customers/object
    customer = body.part("data.object")
    named = {"customer": customer.need("id", name)}
    email = None if gone else customer.may("email", text(LONGEST_LINE))
    return _about("customer.updated", named, {**named, "email": email, "deleted": gone})


def _about(type: str, named: Mapping[str, str | None], data: Mapping[str, Any]) -> Translation:
    entities = [f"stripe:{kind}/{id}" for kind, id in named.items() if id]
    return Translation(type=type, subject=entities[0], entities=entities, data=data)


def _named(charge: Fields) -> dict[str, str | None]:
    return {"charge": charge.need("id", name), "customer": charge.key("customer", name)}


def _is_captured(charge: Fields) -> bool:
    # Where there is no separate capture, there is no flag, and the charge is paid.
    return charge.key("captured", flag) is not False


def _captured(charge: Fields) -> int:
    amount, captured = charge.need("amount", whole), charge.key("amount_captured", whole)
    return amount if captured is None else captured


def _money(object: Fields, amount: int | None = None) -> dict[str, Any]:
    currency = object.need("currency", _currency)
    return {
        "amount": object.need("amount", whole) if amount is None else amount,
        "currency": currency,
        "exponent": exponent(currency, EXPONENTS),
    }


def _risk(charge: Fields) -> dict[str, Any]:
    return {
        "country": charge.may("payment_method_details.card.country", _word),
        "card": charge.may("payment_method_details.card.fingerprint", _word),
        "risk_level": charge.may("outcome.risk_level", _word),
        "risk_score": charge.may("outcome.risk_score", whole),
    }


_TRANSLATIONS: Mapping[str, Callable[[Fields], Translation]] = {
    "charge.succeeded": _charge_accepted,
    "charge.captured": _charge_accepted,
    "charge.failed": _charge_failed,
    "charge.refunded": _charge_refunded,
    "charge.expired": _charge_expired,
    "charge.dispute.created": _dispute_created,
    "radar.early_fraud_warning.created": _warning_created,
    "review.closed": _review_closed,
    "customer.updated": partial(_customer, gone=False),
    "customer.deleted": partial(_customer, gone=True),
}
