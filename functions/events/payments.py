"""Payments, their refunds and disputes, and the decisions on them."""

from typing import Annotated, ClassVar

from pydantic import Field

from functions.api.event import CURRENCY, DomainEvent, Identifier, Word

# Amounts are in the currency's minor unit.
Amount = Annotated[int, Field(ge=0)]
Currency = Annotated[str, Field(pattern=f"^{CURRENCY}$")]


class PaymentSucceeded(DomainEvent):
    """A payment succeeded at the provider; `created` is when, in unix seconds."""

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


class PaymentFailed(DomainEvent):
    """A payment was refused; `reason` is the provider's code, `created` is when, in unix seconds."""

    detail_type = "payment.failed"
    owner = "payments-risk"
    measures = ("amount",)
    facets = ("country", "card")
    example: ClassVar = {
        "charge": "ch_3PExample",
        "customer": "cus_Example",
        "amount": 4200,
        "currency": "usd",
        "created": 1790000000,
        "reason": "card_declined",
        "country": "US",
        "card": "fp_Example",
        "risk_level": "highest",
        "risk_score": 92,
    }

    charge: Identifier
    customer: Identifier | None
    amount: Amount
    currency: Currency
    created: int
    reason: Word | None
    country: str | None
    card: str | None
    risk_level: str | None
    risk_score: int | None


class PaymentRefunded(DomainEvent):
    """A payment was refunded, fully or in part; `refunded` is the sum of its refunds so far."""

    detail_type = "payment.refunded"
    owner = "payments-risk"
    measures = ("refunded",)
    example: ClassVar = {
        "charge": "ch_3PExample",
        "customer": "cus_Example",
        "amount": 4200,
        "refunded": 1200,
        "whole": False,
        "currency": "usd",
    }

    charge: Identifier
    customer: Identifier | None
    amount: Amount
    refunded: Amount
    whole: bool
    currency: Currency


class PaymentDisputed(DomainEvent):
    """A cardholder contests a payment; `due` is the deadline for evidence, `created` its beginning, in unix seconds."""

    detail_type = "payment.disputed"
    owner = "payments-risk"
    measures = ("amount",)
    facets = ("reason",)
    example: ClassVar = {
        "dispute": "du_1PExample",
        "charge": "ch_3PExample",
        "amount": 4200,
        "currency": "usd",
        "reason": "fraudulent",
        "status": "needs_response",
        "created": 1790000000,
        "due": 1790600000,
    }

    dispute: Identifier
    charge: Identifier
    amount: Amount
    currency: Currency
    reason: Word
    status: Word
    created: int
    due: int | None


class PaymentSuspected(DomainEvent):
    """The card's issuer warns that a payment may be fraud, before any dispute.

    `actionable` is False if it was already refunded or disputed, so that it is too late to act.
    """

    detail_type = "payment.suspected"
    owner = "payments-risk"
    example: ClassVar = {
        "warning": "issfr_1PExample",
        "charge": "ch_3PExample",
        "reason": "made_with_stolen_card",
        "actionable": True,
    }

    warning: Identifier
    charge: Identifier
    reason: Word
    actionable: bool


class PaymentReviewClosed(DomainEvent):
    """The provider's own review of a payment was closed, by anyone; `outcome` is the provider's code of the result."""

    detail_type = "payment.review_closed"
    owner = "payments-risk"
    example: ClassVar = {"review": "prv_Example", "charge": "ch_3PExample", "outcome": "approved"}

    review: Identifier
    charge: Identifier | None
    outcome: Word | None


class PaymentApproved(DomainEvent):
    """An agent found nothing against a payment; `score` is between 0 and 1."""

    detail_type = "payment.approved"
    owner = "payments-risk"
    example: ClassVar = {"charge": "ch_3PExample", "score": 0.12, "review_closed": True}

    charge: Identifier
    score: float
    review_closed: bool


class PaymentHeld(DomainEvent):
    """A payment waits for a person; `reasons` are the signals against it, the strongest first."""

    detail_type = "payment.held"
    owner = "payments-risk"
    example: ClassVar = {"charge": "ch_3PExample", "score": 0.81, "reasons": ["amount", "new_country"]}

    charge: Identifier
    score: float
    reasons: list[str]
