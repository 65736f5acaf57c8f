"""What a connector's operations.py imports, if calling the declared HTTP API is not all that it does."""

from functions.core.gate.outbound import Provider, provider
from functions.core.platform.platform import Platform

__all__ = [
    "Platform",
    "Provider",
    "provider",
]
