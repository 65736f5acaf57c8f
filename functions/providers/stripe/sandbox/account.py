"""The sandbox's one Stripe account: its objects, the calls it received, and the effects that took place."""

from functions.api.sandbox import Provider
from functions.providers.stripe.sandbox.objects import Object, charge, digest, open_review

# The charge that the account has from the start, and its open review: what destinations are bound to.
CHARGE, REVIEW = "ch_Sandbox", "prv_Sandbox"


class Account(Provider):
    """The objects by their ids, oldest first."""

    _ids = 0

    def clear(self) -> None:
        """Delete everything but the charge that the account has from the start. Ids continue."""
        self.charges: dict[str, Object] = {}
        self.reviews: dict[str, Object] = {}
        self.refunds: dict[str, Object] = {}
        self.events: dict[str, Object] = {}
        self.put_charge(_first_charge(int(self.now())))

    def state(self) -> Object:
        return {
            "charges": list(self.charges.values()),
            "reviews": list(self.reviews.values()),
            "refunds": list(self.refunds.values()),
            "events": list(self.events.values()),
        }

    def put_charge(self, charge: Object) -> None:
        """Store a charge, and open the review that it names."""
        self.charges[charge["id"]] = charge
        if charge.get("review"):
            self.reviews[charge["review"]] = open_review(charge)

    def put_event(self, event: Object) -> None:
        """Store an event."""
        self.events[event["id"]] = event

    def record(self, kind: str, id: str, key: str | None) -> None:
        """Record an effect on the object `id`, requested with the idempotency key `key`."""
        self.effects.append({"kind": kind, "id": id, "at": int(self.now()), "idempotency_key": key})

    def new_id(self, prefix: str) -> str:
        """An id that was not used before."""
        # It depends on the time, so that a restarted sandbox does not repeat ids.
        with self.lock:
            self._ids += 1
            return f"{prefix}_{digest(f'{self.now()}/{self._ids}')}"


def _first_charge(created: int) -> Object:
    return charge(
        CHARGE, amount=4200, currency="usd", customer=None, created=created, card_fingerprint="fp_Sandbox",
        country="DE", risk_level="elevated", risk_score=68, review=REVIEW,
    )  # fmt: skip
