"""A Stripe sandbox with one charge, which waits in a review."""

from collections.abc import Callable

import pytest

from functions.providers.stripe.sandbox import Stripe
from hookline.local.sandbox_server import Sandbox
from tests.unit.providers.stripe_sandbox.calls import TOKEN, make_charge, put


@pytest.fixture
def stripe(clock: Callable[[], float]) -> Stripe:
    made = Stripe(now=clock)
    put(made, make_charge())
    return made


@pytest.fixture
def sandbox(stripe: Stripe) -> Sandbox:
    return Sandbox([stripe], TOKEN)
