"""Where connectors are: in a provider's folder, or in a room of the engine that agents may call."""

from importlib.util import find_spec

# The engine's rooms that hold a connector.py.
ROOMS = ("claims", "context")


def connector_package(name: str) -> str:
    """The package of the connector `name`, whether or not it exists."""
    return f"functions.core.{name}" if name in ROOMS else f"functions.providers.{name}"


def module_in(package: str, name: str) -> bool:
    """Whether an existing package has a module of that name."""
    return find_spec(f"{package}.{name}") is not None
