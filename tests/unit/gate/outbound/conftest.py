"""Calls to a made-up provider and to Stripe's sandbox, on this machine's loopback address."""

import json
from collections.abc import Callable

import pytest

from functions.core.manifests.connector import Operation
from functions.providers.stripe.connector import MANIFEST as STRIPE
from functions.providers.stripe.sandbox import SANDBOX_API_KEY, Stripe
from functions.providers.stripe.sandbox.objects import charge
from hookline.local.faults import Fault
from hookline.local.sandbox_server import SandboxServer
from hookline.testing.providers import at_sandbox
from tests.unit.gate.outbound.acme import ACME, Acme


@pytest.fixture
def acme() -> Acme:
    return Acme()


@pytest.fixture
def stripe(clock) -> Stripe:
    """Stripe with one charge, which waits in a review."""
    stripe = Stripe(clock)
    made = charge(
        "ch_1",
        amount=4200,
        currency="usd",
        customer="cus_1",
        created=1,
        card_fingerprint="fp_1",
        country="US",
        risk_level="normal",
        risk_score=1,
        review="prv_1",
    )
    stripe.control("POST", "charges", json.dumps([made]).encode())
    return stripe


@pytest.fixture
def server(acme, stripe):
    with SandboxServer([acme, stripe]) as running:
        yield running


@pytest.fixture
def call(server) -> Callable:
    """Performs an operation of acme's or of Stripe's."""
    acme = at_sandbox(ACME, lambda: "token", server.urls["acme"])
    stripe = at_sandbox(STRIPE, lambda: SANDBOX_API_KEY, server.urls["stripe"])

    def perform(operation: Operation | str, key: str | None = None, seconds: float = 5, **arguments: object) -> object:
        if isinstance(operation, str):
            return stripe.call(STRIPE.operation(operation), arguments, key, seconds)
        if operation.entity.startswith("stripe:"):
            return stripe.call(operation, arguments, key, seconds)
        return acme.call(operation, arguments, key, seconds)

    return perform


@pytest.fixture
def arm(server) -> Callable:
    """Arms a fault of Stripe's."""

    def arm(kind: str, status: int = 500, retry_after: int | None = None, saved: bool = False) -> None:
        server.sandbox.faults.arm(Fault("stripe", kind, "*", "", status, retry_after, 1, 30.0, saved))

    return arm
