"""AWS clients and secrets, made once per execution environment."""

import time
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools.utilities.parameters import SecretsProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError
from botocore.config import Config

from functions.core.platform.errors import ConfigurationError

# How long a secret is kept in memory: a rotation reaches every execution environment within this time.
SECRET_SECONDS = 300
# Out of turn, a forger must not be able to make us ask more often than this.
LOOK_AGAIN_SECONDS = 10

# A service that hangs must be given up while there is time for what comes instead: the bus, then the spill queue,
# within the ten seconds that a provider waits at most.
_CONFIG = Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 2})
# The connector may act for as long as its event has; and it is the gate, not the SDK, that repeats an effect.
_INVOKE_CONFIG = Config(connect_timeout=2, read_timeout=900, retries={"total_max_attempts": 1})


@cache
def client(service: str) -> Any:
    """The boto3 client of `service`."""
    return boto3.client(service, config=_INVOKE_CONFIG if service == "lambda" else _CONFIG)


def secret(name: str, look_again: bool = False) -> str:
    """The secret's current value, which is kept in memory; `look_again` asks Secrets Manager, at most every 10 s.

    Raises ConfigurationError where there is none or it is blank.
    """
    now = time.monotonic()
    again = look_again and now - _looked.get(name, float("-inf")) >= LOOK_AGAIN_SECONDS
    if again:
        _looked[name] = now
    try:
        value = _secrets().get(name, max_age=SECRET_SECONDS, force_fetch=again)
    except GetParameterError as error:
        raise ConfigurationError(f"secret {name} cannot be read; has it been given a value? ({error})") from None
    if not value or not str(value).strip():
        raise ConfigurationError(f"secret {name} is blank")
    return str(value)


# When each secret was last asked for out of turn.
_looked: dict[str, float] = {}


@cache
def _secrets() -> SecretsProvider:
    return SecretsProvider(boto3_client=client("secretsmanager"))
