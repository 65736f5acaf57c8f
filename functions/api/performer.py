"""What a connector's operations.py imports, if it does more than call the declared HTTP API."""

from functions.core.gate.outbound import Provider, provider
from functions.core.platform.platform import Platform

__all__ = [
    "Platform",
    "Provider",
    "provider",
]
