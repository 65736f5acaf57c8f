"""Says whether a secret looks like the credential that a connector presents."""

from functions.core.manifests.connector import ConnectorManifest
from functions.core.platform.errors import ConfigurationError


def check_credential(manifest: ConnectorManifest, value: str) -> None:
    """Raise ConfigurationError, which never quotes the value, unless it looks like the connector's credential."""
    name = f"the credential of connector {manifest.name}"
    if manifest.credential is None:
        raise ConfigurationError(f"connector {manifest.name} presents no credential")
    text = value.strip()
    if not text:
        raise ConfigurationError(f"{name} is blank")
    if not (text.isascii() and text.isprintable()) or " " in text:
        raise ConfigurationError(f"{name} is not a token: printable ASCII without blanks")
