"""Payments, their refunds and disputes, and the decisions on them."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import BaseModel

from functions.api.event import (
    Amount,
    Currency,
    DomainEvent,
    Exponent,
    Identifier,
    Increment,
    Measure,
    RunningTotal,
    Word,
)

_OF_CHARGE: Mapping[str, Measure] = {"amount": RunningTotal(of="charge", currency="currency")}


class _Accepted(BaseModel):
    """The fields of a charge that the cardholder's bank accepted; `created` is when, in unix seconds."""

    owner: ClassVar[str] = "payments-risk"
    measures: ClassVar[Mapping[str, Measure]] = _OF_CHARGE
    facets: ClassVar[tuple[str, ...]] = ("country", "card")
    example: ClassVar[Mapping[str, Any]] = {
        "charge": "ch_3PExample",
        "customer": "cus_Example",
        "review": "prv_Example",
        "amount": 4200,
        "currency": "usd",
        "exponent": 2,
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
    exponent: Exponent | None = None
    created: int
    country: str | None
    card: str | None
    risk_level: str | None
    risk_score: int | None


class PaymentSucceeded(_Accepted, DomainEvent):
    """A payment was made: `amount` was captured, at once or after an authorization that `created` is the time of."""

    detail_type = "payment.succeeded"


class PaymentAuthorized(_Accepted, DomainEvent):
    """An amount is on hold on a card and not paid: it is captured later (payment.succeeded), or released."""

    detail_type = "payment.authorized"


class PaymentReleased(DomainEvent):
    """An authorization, or the rest of one that was captured in part, was released; no money had been paid."""

    detail_type = "payment.released"
    owner = "payments-risk"
    measures: ClassVar = _OF_CHARGE
    example: ClassVar = {
        "charge": "ch_3PExample",
        "customer": "cus_Example",
        "amount": 4200,
        "currency": "usd",
        "exponent": 2,
    }

    charge: Identifier
    customer: Identifier | None
    amount: Amount
    currency: Currency
    exponent: Exponent | None = None


class PaymentFailed(DomainEvent):
    """A payment was refused; `reason` is the provider's code, `created` is when, in unix seconds."""

    detail_type = "payment.failed"
    owner = "payments-risk"
    measures: ClassVar = {"amount": Increment(currency="currency")}
    facets = ("country", "card")
    example: ClassVar = {
        "charge": "ch_3PExample",
        "customer": "cus_Example",
        "amount": 4200,
        "currency": "usd",
        "exponent": 2,
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
    exponent: Exponent | None = None
    created: int
    reason: Word | None
    country: str | None
    card: str | None
    risk_level: str | None
    risk_score: int | None


class PaymentRefunded(DomainEvent):
    """A payment was refunded, fully or in part; `amount` was paid, `refunded` is the sum of its refunds so far."""

    detail_type = "payment.refunded"
    owner = "payments-risk"
    measures: ClassVar = {"refunded": RunningTotal(of="charge", currency="currency")}
    example: ClassVar = {
        "charge": "ch_3PExample",
        "customer": "cus_Example",
        "amount": 4200,
        "refunded": 1200,
        "whole": False,
        "currency": "usd",
        "exponent": 2,
    }

    charge: Identifier
    customer: Identifier | None
    amount: Amount
    refunded: Amount
    whole: bool
    currency: Currency
    exponent: Exponent | None = None


class PaymentDisputed(DomainEvent):
    """A cardholder contests a payment; `due` is the deadline for evidence, `created` its beginning, in unix seconds.

    `status` is the provider's: at Stripe, one that begins with "warning_" is an inquiry, and no money has moved.
    """

    detail_type = "payment.disputed"
    owner = "payments-risk"
    measures: ClassVar = {"amount": Increment(currency="currency")}
    facets = ("reason",)
    example: ClassVar = {
        "dispute": "du_1PExample",
        "charge": "ch_3PExample",
        "amount": 4200,
        "currency": "usd",
        "exponent": 2,
        "reason": "fraudulent",
        "status": "needs_response",
        "created": 1790000000,
        "due": 1790600000,
    }

    dispute: Identifier
    charge: Identifier
    amount: Amount
    currency: Currency
    exponent: Exponent | None = None
    reason: Word | None
    status: Word | None
    created: int
    due: int | None


class PaymentSuspected(DomainEvent):
    """The card's issuer warns that a payment may be fraud, before any dispute.

    `actionable` is False if it was already refunded or disputed, so that it is too late to act; None if not said.
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
    reason: Word | None
    actionable: bool | None


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
