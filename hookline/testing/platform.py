"""A fake platform for tests: functions run as they are deployed, and reach only what the test provides."""

import itertools
from collections.abc import Callable, Mapping
from typing import Any

import urllib3

from functions.core.platform.environment import Environment
from functions.core.platform.errors import ConfigurationError
from functions.core.platform.platform import Platform
from functions.core.platform.times import Clock


def fake_platform(
    clock: Clock,
    *environments: Environment,
    clients: Mapping[str, Any] | None = None,
    secrets: Mapping[str, str] | None = None,
    sleep: Callable[[float], None] = lambda seconds: None,
    random: Callable[[], float] = lambda: 0.5,
) -> Platform:
    """A platform with the variables of `environments`, `clients` by service and `secrets` by name.

    Ids are numbered. A missing client is None; a missing secret raises ConfigurationError.
    """
    variables = {name: value for environment in environments for name, value in environment.variables().items()}
    numbers = itertools.count(1)

    def secret(name: str, refresh: bool = False) -> str:
        if name not in (secrets or {}):
            raise ConfigurationError(f"secret {name} cannot be read")
        return (secrets or {})[name]

    def pool() -> urllib3.PoolManager:
        return urllib3.PoolManager(retries=False)

    return Platform(
        environ=variables,
        clock=clock,
        monotonic=clock,
        sleep=sleep,
        random=random,
        new_id=lambda: f"id-{next(numbers)}",
        client=dict(clients or {}).get,
        patient_client=lambda service, seconds: (clients or {}).get(service),
        secret=secret,
        https=pool,
        http=pool,
    )
