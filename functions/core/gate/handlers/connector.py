"""The Lambda handler of every connector: HOOKLINE_CONNECTOR says which one it is.

A connector's operations.py, where there is one, holds `performer`, which makes what performs its operations; without
one they are calls to the HTTP API that its manifest describes.
"""

from importlib import import_module

from functions.core.gate.outbound import provider
from functions.core.gate.serve import serve_connector
from functions.core.manifests.places import connector_package, module_in
from functions.core.platform.environment import ConnectorEnvironment

_FOLDER = connector_package(ConnectorEnvironment.read().connector)

handler = serve_connector(
    import_module(f"{_FOLDER}.connector").MANIFEST,
    import_module(f"{_FOLDER}.operations").performer if module_in(_FOLDER, "operations") else provider,
)
