"""A day of a small shop's payments, with duplicate and invalid deliveries, a lost answer, and a person's approval."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from functions.core.platform.money import written
from functions.providers.stripe.currencies import EXPONENTS
from functions.providers.stripe.sandbox.objects import charge, charge_succeeded_event
from hookline.demo.flow import Act, Check, Decision, Delivery, Evidence, Fault, Flow, Kind, Run, SandboxCall

HOUR, MINUTE = 3600, 60
NORMAL = ("normal", 14)
REVIEWS = "service.reviews"


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
STOLEN = Customer("ben", "fpStolen", "BR", "eur")


def acts(run: Run) -> Sequence[Act]:
    """The acts of a day that ends at `run.now`."""
    day = _Day(run)
    far_out = day.pays(ANNA, 420_000, 18 * HOUR, "anna, an amount far out", risk=("elevated", 66))
    lost = day.pays(CARLA, 9100, 17 * HOUR, "carla, as usual")
    return (
        Act(
            "An ordinary day",
            "A payment wakes one agent, which closes its review. A copy wakes nobody: nothing happens twice.",
            list(_ordinary(day)),
        ),
        Act(
            "Deliveries that Stripe did not send",
            "The answer is 401 and one word, and no agent's line follows: what does not verify never becomes an event.",
            [
                day.pays(ANNA, 990, 14 * HOUR, "somebody without the secret", kind="forged"),
                day.pays(ANNA, 990, 14 * HOUR, "somebody without a signature", kind="unsigned"),
                day.pays(BEN, 990, 14 * HOUR, "a recorded delivery, ten minutes late", kind="stale"),
            ],
        ),
        Act(
            "A burst",
            "The last ones are held: the agent compares each payment with the timeline of its customer.",
            [
                day.pays(DAN, 1900 + 10 * number, 15 * HOUR + number * MINUTE // 2, f"dan, {number + 1} in a burst")
                for number in range(7)
            ],
        ),
        Act(
            "The provider acts, but its answer is lost",
            "Between attempted and completed, the connector sends the request again, under the same key: it acts once.",
            [
                Fault(
                    "the sandbox resets the connection after it has approved",
                    "stripe",
                    {"fault": "after", "match": {"method": "POST", "path": _path(lost)}},
                ),
                lost,
                Check(
                    "Stripe's sandbox got the request more than once, and lists one approval",
                    lambda seen: _requests(seen, lost) > 1 and _approvals(seen, lost) == 1,
                ),
            ],
        ),
        Act(
            "Payments that a person must see",
            "No line says attempted: the agent asks, and nothing is done until a person decides or time is up.",
            [
                far_out,
                day.pays(STOLEN, 4900, 20 * HOUR, "ben's account, a stolen card", risk=("elevated", 71)),
                day.pays(BEN, 1350, 23 * HOUR, "ben, as usual"),
                Check("the unusual amount is not approved", lambda seen: _approvals(seen, far_out) == 0),
            ],
        ),
        Act(
            "A person decides",
            "The approval is an event. It wakes the agent that asked, and permits the one action that was shown, once.",
            [
                Decision("you approve anna's payment", far_out, note="anna called: the order is hers"),
                Check("Stripe's sandbox lists one approval of the review", lambda seen: _approvals(seen, far_out) == 1),
            ],
        ),
    )


def _ordinary(day: "_Day") -> Iterator[Delivery]:
    for number, amount in enumerate((4200, 3850, 4490, 3990, 4350, 4100)):
        yield (last := day.pays(ANNA, amount, (1 + 2 * number) * HOUR, "anna, as usual"))
    yield last.again("anna's last payment, sent again")
    for number, amount in enumerate((1290, 1450, 1390, 1290, 1490)):
        yield (last := day.pays(BEN, amount, (2 + 2 * number) * HOUR, "ben, as usual"))
    yield last.again("ben's last payment, sent again")
    yield last.again("ben's last payment, sent once more")
    yield day.pays(CARLA, 8900, 13 * HOUR, "carla's first payment")


@dataclass(frozen=True)
class _Day:
    run: Run

    def pays(
        self, who: Customer, amount: int, at: int, story: str, risk: tuple[str, int] = NORMAL, kind: Kind = "signed"
    ) -> Delivery:
        """Stripe's delivery about a payment, `at` so many seconds into the day; Radar has placed a review."""
        own, created = self.run.own(), int(self.run.now) - 24 * HOUR + at
        made = charge(
            f"ch_{own}",
            amount=amount,
            currency=who.currency,
            customer=f"cus_{who.name}{self.run.id}",
            created=created,
            card_fingerprint=who.card,
            country=who.country,
            risk_level=risk[0],
            risk_score=risk[1],
            review=f"prv_{own}",
        )
        return Delivery(
            f"{story} · {written(amount, who.currency, EXPONENTS)}",
            "stripe",
            json.dumps(charge_succeeded_event(made, f"evt_{own}", created)),
            kind,
            prepare=[SandboxCall("stripe", "charges", [made])],
        )


def _review(delivery: Delivery) -> str:
    review: str = json.loads(delivery.body)["data"]["object"]["review"]
    return review


def _path(delivery: Delivery) -> str:
    """The path of the request that approves a payment's review."""
    return f"/v1/reviews/{_review(delivery)}/approve"


def _requests(seen: Evidence, delivery: Delivery) -> int:
    return sum(call["path"] == _path(delivery) for call in seen.sandbox("stripe")["calls"])


def _approvals(seen: Evidence, delivery: Delivery) -> int:
    return sum(review == _review(delivery) for _, review in _effects(seen))


def _effects(seen: Evidence) -> Iterator[tuple[str, str]]:
    """The effects on this run's objects that Stripe's sandbox lists: their kind, and the object's id."""
    for effect in seen.sandbox("stripe")["effects"]:
        if seen.run.id in effect["id"]:
            yield effect["kind"], effect["id"]


def _held(seen: Evidence) -> int:
    return sum((one["identity"], one["kind"]) == (REVIEWS, "asked") for one in seen.records)


def _decided(seen: Evidence) -> int:
    """The held payments that a person approved."""
    return sum((one["identity"], one["action"]) == (REVIEWS, "review.approved") for one in seen.records)


FLOW = Flow(
    summary="a day of a small shop's payments: copies, forgeries, a burst, a stolen card, a lost answer, an approval",
    agents=("fraud",),
    acts=acts,
    outcomes={"stripe:review.approve": "held", "payment.held": "held", "payment.approved": "approved"},
    figures={"held": _held, "approved_by_a_person": _decided},
    effects=_effects,
    within_ms=500,
)
