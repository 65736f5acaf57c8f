"""A folder like functions/ in which plugins are planted, for tests of what discovery says of them."""

import importlib
import sys
from contextlib import contextmanager
from types import MappingProxyType

import functions
from functions.core.errors import ManifestError
from infra.checks import references
from infra.discovery import FUNCTIONS, discover

NEEDED = {
    "agents": ("__init__.py", "manifest.py", "agent.py", "handler.py"),
    "sources": ("__init__.py", "manifest.py"),
    "connectors": ("__init__.py", "manifest.py", "handler.py"),
}
IMPORTS = "".join(f"from functions.core.manifest.{kind} import *\n" for kind in ("agent", "connector", "source"))
SOURCE = """\
MANIFEST = SourceManifest(
    name="{name}",
    owner="tests",
    documents="https://example.com",
    secret="nowhere",
    reading=Reading(type=["type"]),
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
    hears=[Subscription({hears!r}, sources=[{source!r}])],
    says={says!r},
    uses=[Use({connector!r}, [{operation!r}], reason="to be checked")],
)"""
CODE = {"agent": "def run(event, tools): ...\n", "handler": "handler = print\n"}
POLICY = '@id("planted") permit (principal, action, resource);'
GOOD = {
    "hears": "payment.succeeded",
    "source": "webhook.planted_source",
    "says": ["payment.held"],
    "connector": "planted_connector",
    "operation": "thing.read",
}


class Garden:
    """A folder like functions/, in which plugins are planted; all of their names start with planted_."""

    def __init__(self, root):
        self.root = root
        for kind in NEEDED:
            (root / kind).mkdir()
        for shared in ("core", "taxonomy"):
            (root / shared).symlink_to(FUNCTIONS / shared)

    def plant(self, kind, name, manifest, *, without="", **code):
        """Plant a folder; `code` is what stands in its files, by their names without the ending."""
        place = self.root / kind / name
        place.mkdir()
        texts = CODE | {"manifest": IMPORTS + manifest} | code
        for file in {*NEEDED[kind], *(f"{stem}.py" for stem in code)} - {without}:
            (place / file).write_text(texts.get(file.removesuffix(".py"), ""))

    def plant_agent(self, name, /, code=MappingProxyType({}), **changed):
        self.plant("agents", name, AGENT.format(**{"name": name, **GOOD, **changed}), **code)
        (self.root / "agents" / name / "policy.cedar").write_text(POLICY)

    def mistakes(self):
        """What discovery says, a line each; nothing where it says nothing."""
        try:
            discover(self.root)
        except ManifestError as error:
            heading, *mistakes = str(error).splitlines()
            assert heading == "functions/ has mistakes:"
            return mistakes
        return []


@contextmanager
def planted_garden(root, monkeypatch):
    """A garden with a source and a connector, where `functions.agents` and its like are looked for first."""
    for kind in NEEDED:
        package = importlib.import_module(f"functions.{kind}")
        monkeypatch.setattr(package, "__path__", [str(root / kind), *package.__path__])
    names = ("source", "unheard", "bad", "broken", "folder", "half", "coded")  # "planted_unsigned" has no scheme
    monkeypatch.setattr(references, "SCHEMES", [f"planted_{name}" for name in names])
    planted = Garden(root)
    planted.plant("sources", "planted_source", SOURCE.format(name="planted_source"))
    planted.plant("connectors", "planted_connector", CONNECTOR.format(name="planted_connector"))
    importlib.invalidate_caches()
    yield planted
    for name in [name for name in sys.modules if ".planted_" in name]:
        del sys.modules[name]
    for package in (getattr(functions, kind) for kind in NEEDED):
        for name in [name for name in vars(package) if name.startswith("planted_")]:
            delattr(package, name)
