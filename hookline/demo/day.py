"""A day of a small shop's payments, with duplicate and invalid deliveries."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from functions.providers.stripe.sandbox.objects import charge, charge_succeeded_event

Kind = Literal["signed", "duplicate", "forged", "stale", "unsigned"]
HOUR, MINUTE = 3600, 60


@dataclass(frozen=True)
class Customer:
    """A customer: their card, its country, and their currency."""

    name: str
    card: str
    country: str
    currency: str


ANNA = Customer("anna", "fpAnna", "US", "usd")
BEN = Customer("ben", "fpBen", "DE", "eur")
CARLA = Customer("carla", "fpCarla", "FR", "eur")
DAN = Customer("dan", "fpDan", "US", "usd")


@dataclass(frozen=True)
class Delivery:
    """One delivery of the day: its description, its kind, and Stripe's event."""

    story: str
    kind: Kind
    event: dict[str, Any]


def the_day(run: str, now: float) -> Sequence[Delivery]:
    """The deliveries of a day that ends `now` (unix seconds), in their order.

    Every id contains `run`, so several runs on one stack have different ids.
    """
    day = _Day(run, int(now) - 24 * HOUR)
    for number, amount in enumerate((4200, 3850, 4490, 3990, 4350, 4100)):
        day.pays(ANNA, amount, at=(1 + 2 * number) * HOUR, story="anna, as usual")
    day.again("duplicate", "anna's last payment, sent again")
    for number, amount in enumerate((1290, 1450, 1390, 1290, 1490)):
        day.pays(BEN, amount, at=(2 + 2 * number) * HOUR, story="ben, as usual")
    day.again("duplicate", "ben's last payment, sent again")
    day.again("duplicate", "ben's last payment, sent once more")
    day.pays(CARLA, 8900, at=13 * HOUR, story="carla's first payment")
    day.tampered(ANNA, 990, at=14 * HOUR, kind="forged", story="somebody without the secret")
    day.tampered(ANNA, 990, at=14 * HOUR, kind="unsigned", story="somebody without a signature")
    day.tampered(BEN, 990, at=14 * HOUR, kind="stale", story="a recorded delivery, ten minutes late")
    for number in range(7):
        day.pays(DAN, 1900 + 10 * number, at=15 * HOUR + number * MINUTE // 2, story=f"dan, {number + 1} in a burst")
    day.pays(ANNA, 420_000, at=18 * HOUR, story="anna, an amount far out", risk=("elevated", 66))
    stolen = Customer("ben", "fpStolen", "BR", "eur")
    day.pays(stolen, 4900, at=20 * HOUR, story="ben's account, a stolen card", risk=("elevated", 71))
    day.pays(BEN, 1350, at=23 * HOUR, story="ben, as usual")
    return day.deliveries


class _Day:
    def __init__(self, run: str, start: int) -> None:
        self._run = run
        self._start = start
        self.deliveries: list[Delivery] = []

    def pays(self, who: Customer, amount: int, at: int, story: str, risk: tuple[str, int] = ("normal", 14)) -> None:
        self._add(who, amount, at, story, risk, "signed")

    def tampered(self, who: Customer, amount: int, at: int, kind: Kind, story: str) -> None:
        self._add(who, amount, at, story, ("normal", 14), kind)

    def again(self, kind: Kind, story: str) -> None:
        self.deliveries.append(Delivery(story, kind, self.deliveries[-1].event))

    def _add(self, who: Customer, amount: int, at: int, story: str, risk: tuple[str, int], kind: Kind) -> None:
        own = f"{self._run}{len(self.deliveries):02}"
        made = charge(
            f"ch_{own}",
            amount=amount,
            currency=who.currency,
            customer=f"cus_{who.name}{self._run}",
            created=self._start + at,
            card_fingerprint=who.card,
            country=who.country,
            risk_level=risk[0],
            risk_score=risk[1],
            review=f"prv_{own}",
        )
        self.deliveries.append(Delivery(story, kind, charge_succeeded_event(made, f"evt_{own}", self._start + at)))
