"""What a connector's operations.py imports, where calling the declared HTTP API is not all that it does."""

from functions.core.gate.outbound import Provider, provider
from functions.core.platform.environment import ConnectorEnvironment

__all__ = [
    "ConnectorEnvironment",
    "Provider",
    "provider",
]
