"""What a provider's connector imports: its manifest, and what its operations are."""

from functions.core.manifests.connector import KEY, ConnectorManifest, Operation, ReadBack, State, Verdict
from functions.core.platform.errors import ConfigurationError, Denied, PermanentError, RetryableError

__all__ = [
    "ConfigurationError",
    "ConnectorManifest",
    "Denied",
    "KEY",
    "Operation",
    "PermanentError",
    "ReadBack",
    "RetryableError",
    "State",
    "Verdict",
]
