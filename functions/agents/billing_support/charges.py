"""Which of a customer's charges a refund would be proposed for. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

TWICE_WITHIN = 3 * 24 * 3600  # seconds between two charges of one amount that look like one order


@dataclass(frozen=True)
class Candidate:
    """A charge, what is left of its amount in minor units, Stripe's reason for the refund, and ours."""

    charge: str
    amount: int
    currency: str
    reason: Literal["duplicate", "requested_by_customer"]
    why: str


def candidate(charges: Sequence[Mapping[str, Any]], intent: str) -> Candidate | None:
    """The later of two charges of one amount; if the customer asks for a refund, also their only charge. Else None.

    A charge (https://docs.stripe.com/api/charges/object) that is not paid, is contested, or was refunded in part or
    whole is none.
    """
    good = sorted(filter(_is_whole, charges), key=lambda one: int(one["created"]))
    for earlier, later in reversed(list(zip(good, good[1:], strict=False))):
        same = (earlier["amount"], earlier["currency"]) == (later["amount"], later["currency"])
        if same and later["created"] - earlier["created"] <= TWICE_WITHIN:
            return _of(later, "duplicate", f"it repeats {earlier['id']}")
    if intent == "refund" and len(good) == 1:
        return _of(good[0], "requested_by_customer", "it is the customer's only charge that can be refunded")
    return None


def _is_whole(charge: Mapping[str, Any]) -> bool:
    paid = charge.get("paid") and charge.get("captured", True) and charge.get("status", "succeeded") == "succeeded"
    return bool(paid) and not charge.get("disputed") and not charge.get("amount_refunded")


def _of(charge: Mapping[str, Any], reason: Literal["duplicate", "requested_by_customer"], why: str) -> Candidate:
    return Candidate(charge["id"], charge.get("amount_captured", charge["amount"]), charge["currency"], reason, why)
