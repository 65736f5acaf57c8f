"""Everything that a function gets from outside itself, as one object: time, chance, ids, environment and clients.

It is made at cold start (`in_lambda`) and handed to the function's `start`. Nothing below it reads a clock, the
environment or a client of its own, so a simulation that replaces it runs the functions as they are deployed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import urllib3

from functions.core.platform.times import Clock

# A function's handler: (payload, Lambda's context) -> its answer.
Handler = Callable[[Any, Any], Any]


class ReadSecret(Protocol):
    """Returns the current value of a secret. It may be cached; `refresh` asks for it to be read again.

    Raises ConfigurationError if the secret cannot be read or is blank, and RetryableError if it was read again a
    moment ago and may not be yet.
    """

    def __call__(self, name: str, refresh: bool = False) -> str: ...


@dataclass(frozen=True)
class Platform:
    """One function's world.

    `clock` returns unix seconds, `monotonic` seconds that never go back; `random` returns numbers from 0 to 1 and
    `new_id` a unique id that cannot be guessed. `client` returns the boto3 client of a service, the same one each time.
    `patient_client` returns one that waits for an answer for so many seconds, and never repeats a request.
    `https` makes a pool of connections to public addresses, `http` one to any, for a sandbox on the local stack.
    """

    environ: Mapping[str, str]
    clock: Clock
    monotonic: Clock
    sleep: Callable[[float], None]
    random: Callable[[], float]
    new_id: Callable[[], str]
    client: Callable[[str], Any]
    patient_client: Callable[[str, int], Any]
    secret: ReadSecret
    https: Callable[[], urllib3.PoolManager]
    http: Callable[[], urllib3.PoolManager]
