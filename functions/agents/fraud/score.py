"""Scores a payment by its customer's past payments. Pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from functions.agents.fraud.settings import Settings
from functions.api.agent import MonetaryAmount

# Scales the median absolute deviation to a normal distribution's standard deviation.
_MAD_TO_SIGMA = 1.4826


@dataclass(frozen=True)
class Payment:
    """A payment's fields for the score; `created` in unix seconds, the amount in minor units of `currency`.

    `exponent` is how many decimals the amount has, None if that is not known.
    """

    amount: int
    currency: str
    created: int
    country: str | None
    card: str | None
    risk_level: str | None
    exponent: int | None = None

    @property
    def money(self) -> MonetaryAmount:
        """What was paid."""
        return MonetaryAmount(self.amount, self.currency, self.exponent)


@dataclass(frozen=True)
class Score:
    """`value` from 0 to 1, and each signal's contribution, the largest first; signals at 0 are left out."""

    value: float
    contributions: Mapping[str, float]


def score(payment: Payment, past: Sequence[Payment], settings: Settings) -> Score:
    """Score `payment` against the customer's `past` payments, in any order.

    Each signal times its weight counts as an independent probability of fraud; the score is the probability that at
    least one of them holds: 1 - (1 - w1 s1)(1 - w2 s2)…
    """
    weighted = {
        "amount": settings.amount_weight * amount_signal(payment, past, settings),
        "velocity": settings.velocity_weight * velocity_signal(payment, past, settings),
        "new_country": settings.country_weight * novelty(payment.country, [p.country for p in past]),
        "new_card": settings.card_weight * novelty(payment.card, [p.card for p in past]),
        "risk_level": settings.risk_weight * risk_signal(payment, settings),
    }
    value = 1 - math.prod(1 - weight for weight in weighted.values())
    ordered = sorted(weighted.items(), key=lambda item: -item[1])
    return Score(round(value, 3), {name: round(weight, 3) for name, weight in ordered if round(weight, 3) > 0})


def amount_signal(payment: Payment, past: Sequence[Payment], settings: Settings) -> float:
    """How far the amount is above what this customer usually pays in its currency, on a logarithmic scale.

    Without a usual amount it is compared by its worth. Full if the worth is not known, so that a person decides.
    """
    logs = [math.log(p.amount) for p in past if p.currency == payment.currency and p.amount > 0]
    worth = payment.money.worth
    if worth is None:
        return 1.0
    if worth <= 0:
        return 0.0
    if len(logs) < settings.amount_history:
        return _ramp(worth, settings.unknown_comfort, 5 * settings.unknown_comfort)
    middle = median(logs)
    spread = max(_MAD_TO_SIGMA * median(abs(log - middle) for log in logs), settings.amount_spread_floor)
    return _ramp((math.log(payment.amount) - middle) / spread, settings.amount_from, settings.amount_full)


def velocity_signal(payment: Payment, past: Sequence[Payment], settings: Settings) -> float:
    """How many payments are in the busiest of the windows that end with this payment."""
    return max(
        _ramp(1 + sum(0 <= payment.created - p.created < seconds for p in past), calm, 2 * calm)
        for seconds, calm in settings.windows
    )


def novelty(value: str | None, seen: Sequence[str | None]) -> float:
    """1 if the value is new for a customer with past payments, else 0; no first payment is new."""
    return float(bool(value) and any(seen) and value not in seen)


def risk_signal(payment: Payment, settings: Settings) -> float:
    """The provider's own risk level, as a signal."""
    return settings.risk_levels.get(payment.risk_level or "not_assessed", settings.risk_unlisted)


def _ramp(value: float, start: float, full: float) -> float:
    return min(1.0, max(0.0, (value - start) / (full - start)))
