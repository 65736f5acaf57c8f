"""Fixtures of the timelines."""

import pytest

from functions.core.context.timeline import Entry, Timelines
from functions.events.payments import PaymentSucceeded

ANNA = "stripe:customer/cus_anna"


@pytest.fixture
def timelines(dynamodb, table) -> Timelines:
    return Timelines(dynamodb, table("timelines"))


@pytest.fixture
def add(timelines):
    """Adds a payment to Anna's timeline; says whether it was new."""

    def add(number: int = 1, entity: str = ANNA, time: str = "", **data: object) -> bool:
        fields = {"charge": f"ch_{number}", "amount": 100, "currency": "usd", "country": "US", "card": "fp_1", **data}
        when = time or f"2026-09-21T12:00:{number:02}Z"
        entry = Entry(f"evt_{number}", "payment.succeeded", "webhook.stripe", when, fields)
        return timelines.add(entity, entry, PaymentSucceeded.measures, ["country", "card"], now=1000)

    return add
