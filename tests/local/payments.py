"""Payments that the sandbox has, and the effects on them there."""

import secrets
import time
from typing import Any

from functions.providers.stripe.sandbox.objects import charge, charge_succeeded_event
from hookline.local.stack import LocalStack
from hookline.operator.send import register_charge


def payment(stack: LocalStack, **changes: Any) -> dict[str, Any]:
    """Stripe's event about an ordinary payment in a review, with `changes` to the charge; not delivered yet."""
    own, now = secrets.token_hex(8), int(time.time())
    ordinary = {
        "amount": 4200,
        "currency": "usd",
        "customer": f"cus_{own}",
        "created": now,
        "card_fingerprint": "fp",
        "country": "US",
        "risk_level": "normal",
        "risk_score": 10,
        "review": f"prv_{own}",
    }
    event = charge_succeeded_event(charge(f"ch_{own}", **(ordinary | changes)), f"evt_{own}", now)
    register_charge(stack, event)
    return event


def effects_on(stack: LocalStack, event: dict[str, Any]) -> list[str]:
    """The kinds of the effects on the review of the event's charge, the oldest first."""
    review = event["data"]["object"]["review"]
    effects = stack.sandboxes.control("GET", "/_sandbox/stripe/state")["effects"]
    return [effect["kind"] for effect in effects if effect["id"] == review]
