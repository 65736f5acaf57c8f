"""The settings of the fraud agent. A change here is a change of policy: review it as one."""

from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True)
class Settings:
    """Weights and thresholds; signals and scores are between 0 and 1, worths are in US cents."""

    # From this score on, a person decides.
    hold_at: float = 0.5
    # The largest score that each signal can cause by itself.
    amount_weight: float = 0.6
    velocity_weight: float = 0.55
    country_weight: float = 0.3
    card_weight: float = 0.25
    risk_weight: float = 0.7

    # A customer with at least so many payments has a distribution. The signal starts at `amount_from` robust standard
    # deviations above their median and is full at `amount_full`; the spread (of the logarithm) has a floor, so
    # that a customer who always pays the same amount may pay a little more.
    amount_history: int = 3
    amount_from: float = 2.0
    amount_full: float = 6.0
    amount_spread_floor: float = 0.25
    # Without a distribution, the signal starts at this worth, whatever the currency, and is full at five times as much.
    unknown_comfort: int = 50_000

    # Payments within the window, this one included: the signal starts above `calm` and is full at twice `calm`.
    windows: tuple[tuple[int, int], ...] = ((600, 3), (86_400, 12))

    # Stripe Radar's risk levels, https://docs.stripe.com/radar/risk-evaluation; others count as elevated.
    risk_levels: dict[str, float] = field(
        default_factory=lambda: {"normal": 0.0, "not_assessed": 0.0, "elevated": 0.6, "highest": 1.0}
    )
    risk_unlisted: float = 0.6


SETTINGS: Final = Settings()
