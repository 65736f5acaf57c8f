"""Discovery reports every mistake, all of them together, each with the file that it is in."""

import importlib
import sys

import pytest

import functions
from functions.core.errors import ManifestError
from infra import discovery
from infra.discovery import discover

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

    def plant(self, kind, name, manifest, *, without=""):
        place = self.root / kind / name
        place.mkdir()
        for file in NEEDED[kind]:
            if file != without:
                (place / file).write_text(IMPORTS + manifest if file == "manifest.py" else "")

    def plant_agent(self, name, **changed):
        self.plant("agents", name, AGENT.format(name=name, **{**GOOD, **changed}))
        (self.root / "agents" / name / "policy.cedar").write_text(POLICY)

    def mistakes(self):
        """What discovery says, a line each; nothing where it says nothing."""
        try:
            discover(self.root)
        except ManifestError as error:
            return str(error).splitlines()
        return []


@pytest.fixture
def garden(tmp_path, monkeypatch):
    """A garden with a source and a connector, where `functions.agents` and its like are looked for first."""
    for kind in NEEDED:
        package = importlib.import_module(f"functions.{kind}")
        monkeypatch.setattr(package, "__path__", [str(tmp_path / kind), *package.__path__])
    # Every planted source has a scheme, but for the one that is named after having none.
    schemed = type("Schemes", (), {"__contains__": lambda _, name: name != "planted_unsigned"})()
    monkeypatch.setattr(discovery, "SCHEMES", schemed)
    planted = Garden(tmp_path)
    planted.plant("sources", "planted_source", SOURCE.format(name="planted_source"))
    planted.plant("connectors", "planted_connector", CONNECTOR.format(name="planted_connector"))
    importlib.invalidate_caches()
    yield planted
    for name in [name for name in sys.modules if ".planted_" in name]:
        del sys.modules[name]
    for package in (getattr(functions, kind) for kind in NEEDED):
        for name in [name for name in vars(package) if name.startswith("planted_")]:
            delattr(package, name)


def test_a_folder_is_a_plugin_and_its_name_is_its_name(garden):
    garden.plant_agent("planted_agent")
    house = discover(garden.root)
    assert (list(house.agents), list(house.sources), list(house.connectors)) == (
        ["planted_agent"],
        ["planted_source"],
        ["planted_connector"],
    )


def test_a_source_that_no_agent_hears_is_deployed_only_where_it_is_named(garden):
    garden.plant_agent("planted_agent")
    garden.plant("sources", "planted_unheard", SOURCE.format(name="planted_unheard"))
    house = discover(garden.root)
    assert [source.name for source in house.listened_to()] == ["planted_source"]
    named = [source.name for source in house.listened_to(["planted_unheard"])]
    assert named == ["planted_source", "planted_unheard"]


def test_a_source_that_is_named_and_does_not_exist_is_refused(garden):
    with pytest.raises(ManifestError, match="planted_nobody"):
        discover(garden.root).listened_to(["planted_nobody"])


def test_everything_that_the_project_declares_is_without_mistakes():
    house = discover()
    assert house.agents and house.sources and house.connectors


@pytest.mark.parametrize(("kind", "file"), [(kind, file) for kind, files in NEEDED.items() for file in files])
def test_a_file_that_is_missing_is_named(garden, kind, file):
    garden.plant(kind, "planted_half", SOURCE.format(name="planted_half"), without=file)
    assert garden.mistakes() == [f"functions/{kind}/planted_half: has no {file}"]


def test_a_name_that_is_not_its_folders_is_reported(garden):
    garden.plant("sources", "planted_folder", SOURCE.format(name="planted_other"))
    assert garden.mistakes() == [
        "functions/sources/planted_folder/manifest.py: is named 'planted_other', its folder 'planted_folder'"
    ]


def test_a_bad_value_in_a_manifest_is_reported_with_the_value(garden):
    garden.plant("sources", "planted_bad", SOURCE.format(name="Planted Bad"))
    (mistake,) = garden.mistakes()
    assert mistake.startswith("functions/sources/planted_bad/manifest.py: source name 'Planted Bad'")


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        ("import planted_nowhere", "ModuleNotFoundError: No module named 'planted_nowhere'"),
        ("MANIFEST = (", "SyntaxError: "),
        ("MANIFEST = 1 / 0", "ZeroDivisionError: division by zero"),
        ("", "AttributeError: "),
        ("MANIFEST = None", "MANIFEST is not a SourceManifest"),
    ],
    ids=["unknown import", "bad syntax", "failing code", "no MANIFEST", "MANIFEST of another kind"],
)
def test_a_manifest_that_cannot_be_read_is_reported_with_the_reason(garden, manifest, said):
    garden.plant("sources", "planted_broken", manifest)
    (mistake,) = garden.mistakes()
    assert mistake.startswith(f"functions/sources/planted_broken/manifest.py: {said}")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"hears": "payment.imagined"}, "hears 'payment.imagined', which the taxonomy does not have"),
        ({"hears": "nobody.unmapped"}, "hears 'nobody.unmapped', which the taxonomy does not have"),
        ({"source": "webhook.nobody"}, "hears from 'webhook.nobody', which nobody is"),
        ({"source": "agent.nobody"}, "hears from 'agent.nobody', which nobody is"),
        ({"source": "review.dsk"}, "hears from 'review.dsk', which nobody is"),
        ({"says": ["payment.imagined"]}, "says 'payment.imagined', which the taxonomy does not have"),
        ({"connector": "planted_none"}, "uses connector 'planted_none', which does not exist"),
        (
            {"operation": "thing.break"},
            "uses planted_connector 'thing.break', which that connector does not declare",
        ),
    ],
    ids=["hears", "hears unmapped", "source", "other agent", "review desk", "says", "connector", "operation"],
)
def test_an_agent_that_names_what_does_not_exist_is_reported(garden, changed, said):
    garden.plant_agent("planted_agent", **changed)
    assert garden.mistakes() == [f"functions/agents/planted_agent/manifest.py: {said}"]


def test_an_agent_that_uses_a_connector_needs_a_policy(garden):
    garden.plant("agents", "planted_agent", AGENT.format(name="planted_agent", **GOOD))
    assert garden.mistakes() == [
        "functions/agents/planted_agent/policy.cedar:1: is missing, so planted_connector would refuse it everything: "
        "write one (docs/policies.md)"
    ]


def test_an_agent_that_uses_no_connector_needs_no_policy(garden):
    garden.plant("agents", "planted_agent", AGENT.replace("uses=", "uses=[] and ").format(name="planted_agent", **GOOD))
    assert garden.mistakes() == []


@pytest.mark.parametrize("entity", ["planted:big-thing/{thing}", "{kind}:thing/{thing}", "thing {thing}"])
def test_a_connector_whose_entity_no_policy_could_name_is_reported(garden, entity):
    manifest = CONNECTOR.format(name="planted_odd").replace("planted:thing/{thing}", entity)
    garden.plant("connectors", "planted_odd", manifest)
    garden.plant_agent("planted_agent", connector="planted_odd")
    assert garden.mistakes() == [
        f"functions/connectors/planted_odd/manifest.py: entity {entity!r} of 'thing.read': no policy could name it; "
        "it looks like 'stripe:charge/{charge}' or '{entity}'"
    ]


def test_a_connector_with_a_name_that_cedar_keeps_for_itself_is_reported(garden):
    manifest = CONNECTOR.format(name="planted_odd").replace("planted:thing", "planted:in")
    garden.plant("connectors", "planted_odd", manifest)
    (mistake,) = garden.mistakes()
    assert mistake.startswith("functions/connectors/planted_odd/manifest.py: Cedar does not take its names: ")


def test_an_agent_may_hear_what_a_source_has_no_word_for(garden):
    garden.plant_agent("planted_agent", hears="planted_source.unmapped")
    assert garden.mistakes() == []


def test_all_mistakes_are_reported_together(garden):
    garden.plant("agents", "planted_half", "", without="handler.py")
    garden.plant("connectors", "planted_misnamed", CONNECTOR.format(name="planted_other"))
    garden.plant("sources", "planted_bad", SOURCE.format(name="Planted Bad"))
    garden.plant("sources", "planted_broken", "import planted_nowhere")
    garden.plant_agent("planted_dreamer", hears="payment.imagined", source="webhook.nobody", operation="thing.break")
    files = [mistake.partition(": ")[0] for mistake in garden.mistakes()]
    dreamer = "functions/agents/planted_dreamer/manifest.py"
    assert sorted(files) == sorted(
        [
            "functions/agents/planted_half",
            "functions/connectors/planted_misnamed/manifest.py",
            "functions/sources/planted_bad/manifest.py",
            "functions/sources/planted_broken/manifest.py",
            *[dreamer] * 3,
        ]
    )


def test_a_broken_plugin_does_not_hide_the_others_from_an_agent_that_uses_them(garden):
    garden.plant("sources", "planted_broken", "raise RuntimeError('broken')")
    garden.plant_agent("planted_agent")
    assert garden.mistakes() == ["functions/sources/planted_broken/manifest.py: RuntimeError: broken"]


def test_a_source_without_a_signature_scheme_is_reported(garden):
    garden.plant("sources", "planted_unsigned", SOURCE.format(name="planted_unsigned"))
    assert garden.mistakes() == [
        "functions/sources/planted_unsigned/manifest.py: "
        "functions/core/signature_schemes.py has no scheme 'planted_unsigned'"
    ]
