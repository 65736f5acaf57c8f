"""What a kit is made of, by name: manifests of agents, connectors and sources, and what they are bound to."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module

from functions.api.sandbox import Provider as SandboxProvider
from functions.core.gate.destinations import parameters_of
from functions.core.manifests.agent import AgentManifest
from functions.core.manifests.connector import ConnectorManifest
from functions.core.manifests.credentials import Basic, GitHubApp
from functions.core.manifests.places import connector_package
from functions.core.manifests.source import SourceManifest
from functions.core.platform.errors import HooklineError
from hookline.local.sandbox_providers import sandbox_providers
from hookline.operator.errors import OperatorError, UnknownName
from infra.interpreters import ROOT


def manifest_of(name: str) -> AgentManifest:
    """The manifest of an agent. Raises UnknownName, or OperatorError if it cannot be read."""
    known = sorted(path.parent.name for path in (ROOT / "functions/agents").glob("*/manifest.py"))
    try:
        manifest: AgentManifest = import_module(f"functions.agents.{name}.manifest").MANIFEST
    except ModuleNotFoundError as error:
        if error.name not in (f"functions.agents.{name}", f"functions.agents.{name}.manifest"):
            raise
        raise UnknownName("agent", name, known) from None
    except HooklineError as error:
        raise OperatorError(f"functions/agents/{name}/manifest.py: {error}") from None
    return manifest


def connector_of(name: str) -> ConnectorManifest:
    """The manifest of a connector."""
    manifest: ConnectorManifest = import_module(f"{connector_package(name)}.connector").MANIFEST
    return manifest


def sources_of(agents: Sequence[AgentManifest]) -> dict[str, SourceManifest]:
    """The sources that the agents subscribe to, or wait for."""
    names = {
        source.removeprefix("webhook.")
        for agent in agents
        for one in agent.receives
        for source in one.sources
        if source.startswith("webhook.")
    }
    return {name: import_module(f"functions.providers.{name}.source").MANIFEST for name in sorted(names)}


def credential(connector: ConnectorManifest, sandboxes: Mapping[str, type[SandboxProvider]]) -> str:
    """A made-up credential of the form that the connector declares; its sandbox's, if it has one."""
    if connector.name in sandboxes:
        return sandboxes[connector.name].credential
    if isinstance(connector.credential, GitHubApp):
        return json.dumps({"app_id": "1", "private_key": _private_key()})
    return "user:password" if isinstance(connector.credential, Basic) else "credential"


@cache
def _private_key() -> str:
    """A new private key, made once: that takes a while."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    return pem.decode()


def example(connector: str, operation: str, connectors: Mapping[str, ConnectorManifest]) -> str:
    """An entity to bind a destination to: the sandbox's own, or one in the form of the operation's entities."""
    sandbox, found = sandbox_providers().get(connector), connectors[connector].operation(operation)
    if found is None:
        return ""
    fitting = (one for one in (sandbox.destinations if sandbox else ()) if parameters_of(found, one) is not None)
    return next(fitting, found.entity.format(**dict.fromkeys(found.parameters, "EXAMPLE1")))
