"""Stripe's operations on an account. The caller holds the account's lock."""

import fnmatch
from dataclasses import dataclass

from functions.providers.stripe.sandbox.account import Account
from functions.providers.stripe.sandbox.errors import StripeError
from functions.providers.stripe.sandbox.objects import Object, refund_object

# https://docs.stripe.com/currencies: the currencies whose amounts do not have two decimals. UGX has two there.
ZERO_DECIMAL = ("bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf")
DECIMALS = dict.fromkeys(ZERO_DECIMAL, 0) | dict.fromkeys(("bhd", "jod", "kwd", "omr", "tnd"), 3)
SYMBOLS = {"usd": "$", "eur": "€", "gbp": "£"}


@dataclass(frozen=True)
class Call:
    """A request whose parameters are valid; `id` is the one in its path, `key` its idempotency key."""

    id: str
    params: dict[str, str]
    key: str | None


def get_charge(account: Account, call: Call) -> Object:
    return _found(account.charges, "charge", call.id)


def get_review(account: Account, call: Call) -> Object:
    return _found(account.reviews, "review", call.id)


def get_event(account: Account, call: Call) -> Object:
    return _found(account.events, "event", call.id)


def list_events(account: Account, call: Call) -> Object:
    latest_put_first = list(account.events.values())[::-1]
    events = sorted(latest_put_first, key=lambda event: event["created"], reverse=True)
    wanted = call.params.get("type", "*")
    found = [event for event in events if fnmatch.fnmatchcase(event["type"], wanted)]
    # https://docs.stripe.com/api/events/object#event_object-pending_webhooks
    if (delivered := call.params.get("delivery_success")) is not None:
        found = [event for event in found if (event.get("pending_webhooks", 0) == 0) == (delivered == "true")]
    return _page("/v1/events", found, call, account.events, "event")


def approve_review(account: Account, call: Call) -> Object:
    review = _found(account.reviews, "review", call.id)
    if not review["open"]:
        raise StripeError(400, f"Review {call.id} is already closed, so it cannot be approved.")
    review.update(open=False, reason="approved", closed_reason="approved")
    account.record("review.approve", call.id, call.key)
    return review


def create_refund(account: Account, call: Call) -> Object:
    charge = _found(account.charges, "charge", call.params["charge"], "charge")
    amount, left = _refundable(charge, call.params.get("amount"))
    refund = refund_object(account.new_id("re"), charge, amount, call.params, int(account.now()))
    account.refunds[refund["id"]] = refund
    charge.update(amount_refunded=charge["amount"] - left + amount, refunded=amount == left)
    review = account.reviews.get(charge.get("review", ""), {"open": False})
    if charge["refunded"] and review["open"]:
        why = "refunded_as_fraud" if refund["reason"] == "fraudulent" else "refunded"
        review.update(open=False, reason=why, closed_reason=why)
    account.record("refund.create", refund["id"], call.key)
    return refund


def list_refunds(account: Account, call: Call) -> Object:
    wanted = call.params.get("charge")
    latest_first = list(account.refunds.values())[::-1]
    found = [refund for refund in latest_first if wanted in (None, refund["charge"])]
    return _page("/v1/refunds", found, call, account.refunds, "refund")


def _page(url: str, objects: list[Object], call: Call, known: dict[str, Object], what: str) -> Object:
    """A page of a list, https://docs.stripe.com/api/pagination; `known` are all objects of its kind, by id."""
    limit, after = int(call.params.get("limit", "10")), call.params.get("starting_after")
    if after is not None:
        last = _found(known, what, after, "starting_after")
        objects = objects[objects.index(last) + 1 :] if last in objects else []
    return {"object": "list", "url": url, "has_more": len(objects) > limit, "data": objects[:limit]}


def _found(objects: dict[str, Object], what: str, id: str, param: str = "id") -> Object:
    if id not in objects:
        raise StripeError(404, f"No such {what}: '{id}'", code="resource_missing", param=param)
    return objects[id]


def _refundable(charge: Object, requested: str | None) -> tuple[int, int]:
    """The amount to refund, and the amount that is left to refund. Raises StripeError."""
    refunded = charge.get("amount_refunded") or 0
    left = charge["amount"] - refunded
    if left <= 0:
        message = f"Charge {charge['id']} has already been refunded."
        raise StripeError(400, message, code="charge_already_refunded")
    amount = left if requested is None else int(requested)
    if amount > left:
        too_much, most = (_money(figure, charge["currency"]) for figure in (amount, left))
        limit = "unrefunded amount on charge" if refunded else "charge amount"
        raise StripeError(400, f"Refund amount ({too_much}) is greater than {limit} ({most})", param="amount")
    return amount, left


def _money(minor: int, currency: str) -> str:
    decimals = DECIMALS.get(currency, 2)
    whole, part = divmod(minor, 10**decimals)
    figure = f"{whole:,}.{part:0{decimals}}" if decimals else f"{whole:,}"
    return f"{SYMBOLS[currency]}{figure}" if currency in SYMBOLS else f"{figure} {currency.upper()}"
