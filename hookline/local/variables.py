"""The environment variables of the local stack."""

import os

from hookline.operator.errors import OperatorError

PORT = 4566
SANDBOX_PORT = 4567


class StackError(OperatorError):
    """The local stack cannot be started; the message says why and what to do."""


def live_providers() -> tuple[str, ...]:
    """The providers with a real credential in the environment. Raises StackError for one that is not in test mode."""
    key = os.environ.get("STRIPE_API_KEY")
    if key and not key.startswith(("sk_test_", "rk_test_")):
        raise StackError(
            "STRIPE_API_KEY is not a test-mode key (sk_test_… or rk_test_…): the local stack accepts no other"
        )
    return ("stripe",) if key else ()


def port_from(variable: str, default: int) -> int:
    """The port in an environment variable, or `default`. Raises StackError if it is not a port."""
    text = os.environ.get(variable, str(default))
    if not text.isdigit() or not 1024 <= int(text) <= 65535:
        raise StackError(f"{variable}={text!r} is not a port: a number from 1024 to 65535")
    return int(text)
