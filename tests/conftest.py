"""What tests of several kinds share: execution environments and a clock for Powertools' circuit breaker."""

import threading
from collections.abc import Callable
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest


@pytest.fixture
def environments(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Callable[[], None]]:
    """Makes execution environments; calling one enters it.

    Powertools counts in variables of its module, of which a test's one process has one set only. So each environment
    gets a set of its own, which is put in place when it is entered.
    """
    from aws_lambda_powertools.utilities.circuit_breaker import base

    names = ("_LOCAL_FAILURES", "_LOCAL_SUCCESSES", "_LAST_OBSERVED_STATE", "_PROBE_OWNER")
    for name in names:
        monkeypatch.setattr(base, name, getattr(base, name))  # put back at the end of the test

    def make() -> Callable[[], None]:
        own: dict[str, Any] = {name: {} for name in names} | {"_PROBE_OWNER": threading.local()}
        return lambda: vars(base).update(own)

    return make


@pytest.fixture
def circuits_follow(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], float]], None]:
    """Lets Powertools' circuit breaker live by a clock of the test's."""
    from aws_lambda_powertools.utilities.circuit_breaker import base
    from aws_lambda_powertools.utilities.circuit_breaker.persistence import base as cache
    from aws_lambda_powertools.utilities.circuit_breaker.persistence import dynamodb

    def follow(clock: Callable[[], float]) -> None:
        now = SimpleNamespace(datetime=SimpleNamespace(now=lambda: datetime.fromtimestamp(clock())))
        for module in (base, cache, dynamodb):
            monkeypatch.setattr(module, "dt", now)

    return follow
