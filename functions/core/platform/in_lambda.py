"""The platform of a function in Lambda: AWS clients and secrets, made once per execution environment."""

import math
import os
import random
import time
import uuid
from collections.abc import Callable
from functools import cache
from typing import Any

import boto3
import urllib3
from aws_lambda_powertools.utilities.parameters import SecretsProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError
from botocore.config import Config

from functions.core.platform.errors import ConfigurationError, RetryableError
from functions.core.platform.platform import Platform
from functions.core.platform.public_https import public_https
from functions.core.platform.times import Clock

# How long a secret is kept in memory: a rotation reaches every execution environment within this time.
SECRET_SECONDS = 300
# The minimum interval between forced reads of a secret, which limits those that forged requests can cause.
REFRESH_SECONDS = 10

# A service that hangs must be given up while there is time for what comes instead: the bus, then the spill queue,
# within the ten seconds that a provider waits at most.
_CONFIG = Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 2})
# The connector may act for as long as its event has; and it is the gate, not the SDK, that repeats an effect.
_INVOKE_CONFIG = Config(connect_timeout=2, read_timeout=900, retries={"total_max_attempts": 1})


def in_lambda() -> Platform:
    """The platform of this execution environment. No client is made before a function asks for it."""
    client = cache(_client)
    return Platform(
        environ=os.environ,
        clock=time.time,
        monotonic=time.monotonic,
        sleep=time.sleep,
        random=random.random,
        new_id=lambda: str(uuid.uuid4()),
        client=client,
        patient_client=cache(_patient_client),
        secret=Secrets(lambda: client("secretsmanager"), time.monotonic).read,
        https=public_https,
        http=lambda: urllib3.PoolManager(retries=False),
    )


def _client(service: str) -> Any:
    return boto3.client(service, config=_INVOKE_CONFIG if service == "lambda" else _CONFIG)


def _patient_client(service: str, seconds: int) -> Any:
    retries = {"total_max_attempts": 1}
    return boto3.client(service, config=Config(connect_timeout=2, read_timeout=seconds, retries=retries))


class Secrets:
    """The secrets that this execution environment has read; `client` returns the client of Secrets Manager."""

    def __init__(self, client: Callable[[], Any], monotonic: Clock) -> None:
        self._provider = cache(lambda: SecretsProvider(boto3_client=client()))
        self._monotonic = monotonic
        self._last_refresh: dict[str, float] = {}  # when each secret was last read again

    def read(self, name: str, refresh: bool = False) -> str:
        """The secret's current value, from memory for SECRET_SECONDS.

        `refresh` reads Secrets Manager, at most every REFRESH_SECONDS. Raises RetryableError if that was less than
        REFRESH_SECONDS ago, and ConfigurationError if the secret is missing or blank.
        """
        if refresh:
            self._count_refresh(name)
        try:
            value = self._provider().get(name, max_age=SECRET_SECONDS, force_fetch=refresh)
        except GetParameterError as error:
            raise ConfigurationError(f"secret {name} cannot be read; has it been given a value? ({error})") from None
        if not value or not str(value).strip():
            raise ConfigurationError(f"secret {name} is blank")
        return str(value)

    def _count_refresh(self, name: str) -> None:
        now = self._monotonic()
        left = self._last_refresh.get(name, float("-inf")) + REFRESH_SECONDS - now
        if left > 0:
            raise RetryableError(f"secret {name} was read again a moment ago", retry_after=math.ceil(left))
        self._last_refresh[name] = now
