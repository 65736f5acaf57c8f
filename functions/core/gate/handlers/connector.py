"""The handler of every connector: HOOKLINE_CONNECTOR says which one it is.

A connector's operations.py, if it has one, holds `performer`, which makes what performs its operations. Without one
they are calls to the HTTP API that its manifest describes.
"""

from collections.abc import Callable
from importlib import import_module

from functions.core.gate.effects import Performer
from functions.core.gate.outbound import provider
from functions.core.gate.serve import serve_connector
from functions.core.manifests.connector import ConnectorManifest
from functions.core.manifests.places import connector_package, module_in
from functions.core.platform.environment import ConnectorEnvironment
from functions.core.platform.platform import Handler, Platform


def start(platform: Platform) -> Handler:
    """The handler of the connector that the environment names."""
    return serve_connector(*connector_of(ConnectorEnvironment.read(platform.environ).connector), platform)


def connector_of(name: str) -> tuple[ConnectorManifest, Callable[[ConnectorManifest, Platform], Performer]]:
    """The manifest of the connector `name`, and what makes its performer."""
    folder = connector_package(name)
    manifest: ConnectorManifest = import_module(f"{folder}.connector").MANIFEST
    own = import_module(f"{folder}.operations").performer if module_in(folder, "operations") else provider
    return manifest, own
