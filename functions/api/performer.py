"""What a connector's operations.py imports, if it does more than call the declared HTTP API."""

from functions.core.events.people import address_of, addresses
from functions.core.gate.budgets import Spend
from functions.core.gate.metering import (
    TOKENS_PER_IMAGE,
    Meter,
    Prices,
    Tokens,
    Usage,
    counted,
    mappings,
    tokens_by_bytes,
)
from functions.core.gate.outbound import (
    PATIENCE_SECONDS,
    SHORTEST_CALL,
    Busy,
    Conflict,
    OutcomeUnknown,
    OutOfTime,
    Provider,
    Refused,
    Unreachable,
    Unwell,
    provider,
)
from functions.core.manifests.connector import ConnectorManifest
from functions.core.manifests.operation import Operation
from functions.core.platform.environment import ConnectorEnvironment
from functions.core.platform.errors import ConfigurationError, PermanentError, RetryableError
from functions.core.platform.platform import Platform

__all__ = [
    "PATIENCE_SECONDS",
    "SHORTEST_CALL",
    "TOKENS_PER_IMAGE",
    "Busy",
    "ConfigurationError",
    "Conflict",
    "ConnectorEnvironment",
    "ConnectorManifest",
    "Meter",
    "Operation",
    "OutOfTime",
    "OutcomeUnknown",
    "PermanentError",
    "Platform",
    "Prices",
    "Provider",
    "Refused",
    "RetryableError",
    "Spend",
    "Tokens",
    "Unreachable",
    "Unwell",
    "Usage",
    "address_of",
    "addresses",
    "counted",
    "mappings",
    "provider",
    "tokens_by_bytes",
]
