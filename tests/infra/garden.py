"""A folder like functions/ in which tests plant plugins, to read what discovery finds in them."""

import importlib
import shutil
import sys
from contextlib import contextmanager
from types import MappingProxyType

import functions
from functions.core.events.catalogue import events
from functions.core.platform.errors import ManifestError
from hookline.validation.discovery import FUNCTIONS, discover

NEEDED = {
    "agents": ("__init__.py", "manifest.py", "agent.py"),
    "sources": ("__init__.py", "source.py"),
    "connectors": ("__init__.py", "connector.py"),
}
# For each kind of plugin: its folder, the file of its manifest, and the API that the manifest imports.
FOLDERS = {"agents": "agents", "sources": "providers", "connectors": "providers"}
MANIFESTS = {"agents": "manifest", "sources": "source", "connectors": "connector"}
IMPORTS = {
    kind: f"from functions.api.{api} import *\n\n\n"
    for kind, api in {"agents": "agent", "sources": "source", "connectors": "connector"}.items()
}
SOURCE = """\
MANIFEST = SourceManifest(
    name="{name}",
    owner="tests",
    documents="https://example.com",
    secret="nowhere",
    signature=HTTP_BASIC,
    reading=Reading(type=["type"], identity=SignedId(["id"]), tenant=OneTenant("a test")),
    largest_body=None,
    address_check=None,
)"""
CONNECTOR = """\
MANIFEST = ConnectorManifest(
    name="{name}", owner="tests", operations=[Operation("thing.read", kind="read", entity="planted:thing/{{thing}}")]
)"""
AGENT = """\
MANIFEST = AgentManifest(
    name="{name}",
    owner="tests",
    purpose="Be found",
    subscribes=[Subscription({subscribes!r}, sources=[{source!r}], raw={raw!r})],
    publishes={publishes!r},
    uses=[Use({connector!r}, [{operation!r}], reason="to be checked")],
)"""
CODE = {"agent": "def run(event, tools): ...\n"}
POLICY = '@id("planted") permit (principal, action, resource);'
GOOD = {
    "subscribes": "payment.succeeded",
    "source": "webhook.planted_source",
    "raw": [],
    "publishes": ["payment.held"],
    "connector": "planted_connector",
    "operation": "thing.read",
}


class Garden:
    """A folder like functions/, in which tests plant plugins; the name of each starts with planted_."""

    def __init__(self, root):
        self.root = root
        for folder in ("agents", "providers"):
            (root / folder).mkdir()
        for shared in ("api", "core"):
            (root / shared).symlink_to(FUNCTIONS / shared)
        shutil.copytree(FUNCTIONS / "events", root / "events", ignore=shutil.ignore_patterns("__pycache__"))

    def plant(self, kind, name, manifest, *, without="", **code):
        """Plant a folder; `code` has the text of its files, by name without the suffix."""
        place = self.root / FOLDERS[kind] / name
        place.mkdir(exist_ok=True)  # a provider may have both parts
        texts = CODE | {MANIFESTS[kind]: IMPORTS[kind] + manifest} | code
        for file in {*NEEDED[kind], *(f"{stem}.py" for stem in code)} - {without}:
            (place / file).write_text(texts.get(file.removesuffix(".py"), ""))

    def plant_agent(self, name, /, code=MappingProxyType({}), **changed):
        self.plant("agents", name, AGENT.format(**{"name": name, **GOOD, **changed}), **code)
        (self.root / "agents" / name / "policy.cedar").write_text(POLICY)

    def plant_event(self, name, text):
        """Plant a file of events."""
        (self.root / "events" / f"{name}.py").write_text(text)
        importlib.invalidate_caches()

    def findings(self):
        """The findings of discovery, a line each; empty if there are none."""
        try:
            discover(self.root)
        except ManifestError as error:
            heading, *findings = str(error).splitlines()
            assert heading == "functions/ has findings:"
            return findings
        return []


@contextmanager
def planted_garden(root, monkeypatch):
    """A garden with a source and a connector, on the import path before `functions.agents` and the like."""
    folders = ("agents", "events", "providers")
    for folder in folders:
        package = importlib.import_module(f"functions.{folder}")
        monkeypatch.setattr(package, "__path__", [str(root / folder), *package.__path__])
    planted = Garden(root)
    planted.plant("sources", "planted_source", SOURCE.format(name="planted_source"))
    planted.plant("connectors", "planted_connector", CONNECTOR.format(name="planted_connector"))
    importlib.invalidate_caches()
    events.cache_clear()
    yield planted
    events.cache_clear()
    for name in [name for name in sys.modules if ".planted_" in name]:
        del sys.modules[name]
    for package in (getattr(functions, folder) for folder in folders):
        for name in [name for name in vars(package) if name.startswith("planted_")]:
            delattr(package, name)
