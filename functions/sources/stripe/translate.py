"""Stripe's events in the taxonomy's words (https://docs.stripe.com/api/events/object)."""

from collections.abc import Callable, Mapping
from typing import Any

from functions.core.delivery import Happening, Translation
from functions.core.errors import UnreadableBody


def translate(happening: Happening) -> Translation | None:
    """The happening in the taxonomy's words, None for a type that has none.

    Raises UnreadableBody where a field is missing.
    """
    translation = _TRANSLATIONS.get(happening.raw_type)
    if translation is None:
        return None
    try:
        return translation(happening.body["data"]["object"])
    except (KeyError, TypeError, AttributeError) as error:
        raise UnreadableBody(f"{happening.raw_type} lacks {error}") from None


def _charge_succeeded(charge: Mapping[str, Any]) -> Translation:
    # https://docs.stripe.com/api/charges/object; objects are ids here, Stripe never expands them in webhooks.
    card = (charge.get("payment_method_details") or {}).get("card") or {}
    outcome = charge.get("outcome") or {}
    named = {"charge": charge["id"], "customer": charge.get("customer"), "review": charge.get("review")}
    return Translation(
        type="payment.succeeded",
        subject=f"stripe:charge/{charge['id']}",
        entities=[f"stripe:{kind}/{id}" for kind, id in named.items() if id],
        data={
            **named,
            "amount": charge["amount"],
            "currency": charge["currency"],
            "created": charge["created"],
            "country": card.get("country"),
            "card": card.get("fingerprint"),
            "risk_level": outcome.get("risk_level"),
            "risk_score": outcome.get("risk_score"),
        },
    )


_TRANSLATIONS: Mapping[str, Callable[[Mapping[str, Any]], Translation]] = {"charge.succeeded": _charge_succeeded}
