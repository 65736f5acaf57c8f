"""Payments: money that moved, and what was decided about it."""

from typing import Annotated, ClassVar

from pydantic import Field

from functions.taxonomy.domain_event import DomainEvent

# Amounts are in the currency's minor unit, as payment providers count them.
Amount = Annotated[int, Field(ge=0)]
Currency = Annotated[str, Field(pattern=r"^[a-z]{3}$")]
Identifier = Annotated[str, Field(min_length=1, max_length=255)]


class PaymentSucceeded(DomainEvent):
    """A payment went through at the provider; `created` is when, in unix seconds."""

    detail_type = "payment.succeeded"
    owner = "payments-risk"
    measures = ("amount",)
    facets = ("country", "card")
    example: ClassVar = {
        "charge": "ch_3PExample",
        "customer": "cus_Example",
        "review": "prv_Example",
        "amount": 4200,
        "currency": "usd",
        "created": 1790000000,
        "country": "US",
        "card": "fp_Example",
        "risk_level": "normal",
        "risk_score": 12,
    }

    charge: Identifier
    customer: Identifier | None
    review: Identifier | None
    amount: Amount
    currency: Currency
    created: int
    country: str | None
    card: str | None
    risk_level: str | None
    risk_score: int | None


class PaymentApproved(DomainEvent):
    """An agent found nothing against a payment; `score` lies between 0 and 1."""

    detail_type = "payment.approved"
    owner = "payments-risk"
    example: ClassVar = {"charge": "ch_3PExample", "score": 0.12, "review_closed": True}

    charge: Identifier
    score: float
    review_closed: bool


class PaymentHeld(DomainEvent):
    """A payment waits for a person; `reasons` are the signals that spoke against it, the weightiest first."""

    detail_type = "payment.held"
    owner = "payments-risk"
    example: ClassVar = {"charge": "ch_3PExample", "score": 0.81, "reasons": ["amount", "new_country"]}

    charge: Identifier
    score: float
    reasons: list[str]
