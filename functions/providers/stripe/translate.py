"""Stripe's events as domain events (https://docs.stripe.com/api/events/object)."""

from collections.abc import Callable, Mapping
from typing import Any

from functions.api.source import (
    CURRENCY,
    LONGEST_WORD,
    Fields,
    RawEvent,
    Translation,
    flag,
    matching,
    name,
    text,
    translated,
    whole,
)

_word = text(LONGEST_WORD)
_currency = matching(CURRENCY, "a currency in three small letters")


def translate(raw_event: RawEvent) -> Translation | None:
    """The raw event as a domain event; None if its type has no translation.

    Raises UnreadableBody if a field is missing or of another type.
    """
    return translated(raw_event, _TRANSLATIONS)


# Related objects are ids: Stripe never expands them in webhooks.


def _charge_succeeded(body: Fields) -> Translation:
    # https://docs.stripe.com/api/charges/object
    charge = body.part("data.object")
    named = {**_named(charge), "review": charge.may("review", name)}
    data = {**named, **_money(charge), "created": charge.need("created", whole), **_risk(charge)}
    return _about("payment.succeeded", named, data)


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
    charge = body.part("data.object")
    named = _named(charge)
    data = {
        **named,
        **_money(charge),
        "refunded": charge.need("amount_refunded", whole),
        "whole": charge.need("refunded", flag),
    }
    return _about("payment.refunded", named, data)


def _dispute_created(body: Fields) -> Translation:
    # https://docs.stripe.com/api/disputes/object
    dispute = body.part("data.object")
    named = {"dispute": dispute.need("id", name), "charge": dispute.need("charge", name)}
    data = {
        **named,
        **_money(dispute),
        "reason": dispute.need("reason", _word),
        "status": dispute.need("status", _word),
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
        "reason": warning.need("fraud_type", _word),
        "actionable": warning.need("actionable", flag),
    }
    return _about("payment.suspected", charge, data)


def _review_closed(body: Fields) -> Translation:
    # https://docs.stripe.com/api/radar/reviews/object
    review = body.part("data.object")
    named = {"review": review.need("id", name), "charge": review.may("charge", name)}
    return _about("payment.review_closed", named, {**named, "outcome": review.may("closed_reason", _word)})


def _about(type: str, named: Mapping[str, str | None], data: Mapping[str, Any]) -> Translation:
    entities = [f"stripe:{kind}/{id}" for kind, id in named.items() if id]
    return Translation(type=type, subject=entities[0], entities=entities, data=data)


def _named(charge: Fields) -> dict[str, str | None]:
    return {"charge": charge.need("id", name), "customer": charge.may("customer", name)}


def _money(object: Fields) -> dict[str, Any]:
    return {"amount": object.need("amount", whole), "currency": object.need("currency", _currency)}


def _risk(charge: Fields) -> dict[str, Any]:
    return {
        "country": charge.may("payment_method_details.card.country", _word),
        "card": charge.may("payment_method_details.card.fingerprint", _word),
        "risk_level": charge.may("outcome.risk_level", _word),
        "risk_score": charge.may("outcome.risk_score", whole),
    }


_TRANSLATIONS: Mapping[str, Callable[[Fields], Translation]] = {
    "charge.succeeded": _charge_succeeded,
    "charge.failed": _charge_failed,
    "charge.refunded": _charge_refunded,
    "charge.dispute.created": _dispute_created,
    "radar.early_fraud_warning.created": _warning_created,
    "review.closed": _review_closed,
}
