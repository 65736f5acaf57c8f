"""What a folder of each kind holds: agents, sources, connectors."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from functions.core.manifest.agent import AgentManifest
from functions.core.manifest.connector import ConnectorManifest
from functions.core.manifest.source import SourceManifest
from infra.bundling import BASE_LOCK, CONNECTORS_LOCK
from infra.checks.plugin_code import Surroundings


@dataclass(frozen=True)
class Kind:
    """The class of its manifest, the `files` that there must be, what the code meets, and the `page` that says so."""

    manifest: type[Any]
    files: tuple[str, ...]
    around: Surroundings
    page: str


KINDS: Mapping[str, Kind] = {
    "agents": Kind(
        AgentManifest,
        ("__init__.py", "manifest.py", "agent.py", "handler.py"),
        Surroundings(
            modules=("functions.core", "functions.taxonomy"),
            called={"agent.py": {"run": ("event", "tools")}, "handler.py": {"handler": None}},
            is_agent=True,
        ),
        "docs/add-an-agent.md",
    ),
    "sources": Kind(
        SourceManifest,
        ("__init__.py", "manifest.py"),
        Surroundings(
            modules=("functions.core", "functions.taxonomy"),
            called={
                "translate.py": {"translate": ("happening",)},
                "handshake.py": {"answer": ("delivery", "secrets"), "SIGNED": None},
            },
        ),
        "docs/add-a-source.md",
    ),
    "connectors": Kind(
        ConnectorManifest,
        ("__init__.py", "manifest.py", "handler.py"),
        Surroundings(
            modules=("functions.core",),
            called={"handler.py": {"handler": None}},
            locks=(BASE_LOCK, CONNECTORS_LOCK),
            own_lock=False,
        ),
        "docs/add-a-connector.md",
    ),
}
