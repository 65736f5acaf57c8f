"""Powertools in virtual time: variables of its modules hold its clock and the circuits that it knows."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from aws_lambda_powertools.utilities.circuit_breaker import base as circuits
from aws_lambda_powertools.utilities.circuit_breaker.persistence import base as circuit_cache
from aws_lambda_powertools.utilities.circuit_breaker.persistence import dynamodb as circuit_rows
from aws_lambda_powertools.utilities.idempotency import base as idempotency
from aws_lambda_powertools.utilities.idempotency.persistence import base as idempotency_cache
from aws_lambda_powertools.utilities.idempotency.persistence import datarecord as idempotency_record
from aws_lambda_powertools.utilities.idempotency.persistence import dynamodb as idempotency_rows

from functions.core.platform.times import Clock

_MEMORY = ("_LOCAL_FAILURES", "_LOCAL_SUCCESSES", "_LAST_OBSERVED_STATE", "_PROBE_OWNER")


def new_memory() -> Callable[[], None]:
    """Makes the memory of an execution environment; calling it puts it in place.

    One process has one set of these variables, so each environment gets a set of its own.
    """
    own: dict[str, Any] = {name: {} for name in _MEMORY} | {"_PROBE_OWNER": threading.local()}
    return lambda: vars(circuits).update(own)


@contextmanager
def powertools_on(clock: Clock) -> Iterator[None]:
    """Lets Powertools' circuit breaker and idempotency use `clock`; restores their memory at the end."""
    local = SimpleNamespace(datetime=SimpleNamespace(now=lambda: datetime.fromtimestamp(clock())))
    utc = SimpleNamespace(now=lambda: datetime.fromtimestamp(clock(), UTC))
    before = {name: getattr(circuits, name) for name in _MEMORY}
    patches = [patch.object(module, "dt", local) for module in (circuits, circuit_cache, circuit_rows)]
    for module in (idempotency, idempotency_cache, idempotency_record, idempotency_rows):
        patches.append(patch.object(module, "dt", SimpleNamespace(datetime=utc, timedelta=timedelta)))
    for one in patches:
        one.start()
    try:
        yield
    finally:
        for one in patches:
            one.stop()
        vars(circuits).update(before)
