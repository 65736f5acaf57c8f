"""The ledger's rows as one process has them, and a clock that the test moves."""

import pytest

from functions.core.claims.rows import Rows


class Now:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
def make_rows(dynamodb, table, now):
    """Makes the rows as one process has them; a try that failed takes a second."""
    name = table("ledger")

    def wait(tries: int) -> None:
        now.now += 1

    return lambda client=None: Rows(client or dynamodb, name, now, now, wait)
