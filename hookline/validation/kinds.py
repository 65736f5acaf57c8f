"""The content of each kind of folder: an agent; a provider, which is a source, a connector, or both."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from functions.core.manifests.agent import AgentManifest
from functions.core.manifests.connector import ConnectorManifest
from functions.core.manifests.reconcile import ReconcileManifest
from functions.core.manifests.source import SourceManifest
from hookline.validation.layout import BASE_LOCK, CONNECTORS_LOCK
from hookline.validation.plugin_code import Group, Surroundings


@dataclass(frozen=True)
class Part:
    """A manifest: its `file`, its class, and the page of the documentation about it.

    `compared` are the fields by which a manifest with findings in other fields is compared with other files. `needs`
    returns the files that a manifest needs beside it.
    """

    file: str
    manifest: type[Any]
    page: str
    compared: Sequence[str] = ()
    needs: Callable[[Any], Sequence[str]] = lambda manifest: ()


@dataclass(frozen=True)
class Kind:
    """The required `files` of a folder, its possible manifests, and the surroundings of its code.

    At least one of `parts` must be there. `belongs` are the files that run only together with a part's.
    """

    files: tuple[str, ...]
    parts: Mapping[str, Part]
    around: Surroundings
    belongs: Mapping[str, Part] = field(default_factory=dict)

    @property
    def known(self) -> frozenset[str]:
        """The files of code that are looked for by their names."""
        return frozenset({*self.files, *(part.file for part in self.parts.values()), *self.around.called})


AGENT = Part(
    "manifest.py",
    AgentManifest,
    "docs/add-an-agent.md",
    ("name", "subscribes", "publishes", "uses"),
    lambda one: () if one.workflow else ("agent.py",),
)
SOURCE = Part("source.py", SourceManifest, "docs/add-a-provider.md", ("name", "translates", "names"))
CONNECTOR = Part("connector.py", ConnectorManifest, "docs/add-a-provider.md")
RECONCILE = Part("reconcile.py", ReconcileManifest, "docs/missing-events.md")
DECLARES = ("functions.api.agent", "functions.api.workflow")

KINDS: Mapping[str, Kind] = {
    "agents": Kind(
        ("__init__.py", "manifest.py"),
        {"agents": AGENT},
        Surroundings(
            modules=(
                *DECLARES,
                "functions.api.changes",
                "functions.api.classify",
                "functions.api.desk",
                "functions.events",
            ),
            manifests={"manifest.py": DECLARES, "__init__.py": DECLARES},
            called={"agent.py": {"run": ("event", "tools")}, "handler.py": {"start": ("platform",)}},
            confined="an agent calls the outside only through its tools",
        ),
    ),
    "providers": Kind(
        ("__init__.py",),
        {"sources": SOURCE, "connectors": CONNECTOR, "reconciles": RECONCILE},
        Surroundings(
            modules=("functions.api",),
            manifests={
                "source.py": ("functions.api.source",),
                "connector.py": ("functions.api.connector",),
                "reconcile.py": ("functions.api.reconcile",),
            },
            called={
                "reconcile.py": {"arguments": ("window", "after"), "page": ("answer", "window")},
                "translate.py": {"translate": ("raw_event",)},
                "handshake.py": {"answer": ("delivery", "secrets"), "SIGNED": None},
                "operations.py": {"performer": ("manifest", "platform")},
                "operations/__init__.py": {"performer": ("manifest", "platform")},
                "sandbox.py": {"SANDBOX": None},
                "sandbox/__init__.py": {"SANDBOX": None},
            },
            groups={"operations.py": Group("connectors", "connectors", (BASE_LOCK, CONNECTORS_LOCK))},
            locked="source.py",
        ),
        {"translate.py": SOURCE, "handshake.py": SOURCE, "operations.py": CONNECTOR, "sandbox.py": CONNECTOR},
    ),
}
