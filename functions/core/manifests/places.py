"""Where connectors lie: in a provider's folder, or in one of the engine's own rooms that agents may ask."""

from importlib.util import find_spec

# The engine's rooms that hold a connector.py.
ROOMS = ("context",)


def connector_package(name: str) -> str:
    """The package of the connector `name`; it is not said that there is one."""
    return f"functions.core.{name}" if name in ROOMS else f"functions.providers.{name}"


def module_in(package: str, name: str) -> bool:
    """Whether a package, which exists, holds a module of that name."""
    return find_spec(f"{package}.{name}") is not None
