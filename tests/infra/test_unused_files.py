"""A file that nothing would ever run is reported; a module that other code names is not."""

import pytest

from tests.infra.garden import CONNECTOR, SOURCE

HERE = "functions/providers/planted_half"
PARTS = {
    "translate": "def translate(raw_event): ...\n",
    "handshake": "SIGNED = True\ndef answer(delivery, secrets): ...\n",
    "operations": "def performer(manifest, environment): ...\n",
    "sandbox": "SANDBOX = None\n",
}
BELONGS = {"translate": "source", "handshake": "source", "operations": "connector", "sandbox": "connector"}
MANIFESTS = {"source": ("sources", SOURCE), "connector": ("connectors", CONNECTOR)}


@pytest.fixture
def plant(garden):
    """Plants the provider's source or connector, and code beside it."""

    def one(manifest, **code):
        kind, text = MANIFESTS[manifest]
        garden.plant(kind, "planted_half", text.format(name="planted_half"), **code)

    return one


@pytest.mark.parametrize(("part", "manifest"), BELONGS.items())
def test_a_part_without_its_manifest_is_reported(garden, plant, part, manifest):
    (other,) = MANIFESTS.keys() - {manifest}
    plant(other, **{part: PARTS[part]})
    assert garden.findings() == [f"{HERE}/{part}.py:1: is not run: {manifest}.py, to which it belongs, is missing"]
    plant(manifest)
    assert garden.findings() == []


@pytest.mark.parametrize(
    ("manifest", "name", "meant"),
    [
        ("source", "transalte", "translate"),
        ("source", "translation", "translate"),
        ("source", "hand_shake", "handshake"),
        ("source", "conector", "connector"),
        ("connector", "operation", "operations"),
        ("connector", "sand_box", "sandbox"),
    ],
)
def test_a_misspelled_file_is_reported(garden, plant, manifest, name, meant):
    plant(manifest, **{name: "X = 1\n"})
    assert garden.findings() == [f"{HERE}/{name}.py:1: is not run: nothing imports it (did you mean {meant}.py?)"]


def test_a_misspelled_handler_of_an_agent_is_reported(garden):
    garden.plant_agent("planted_agent", {"handlers": "handler = print\n"})
    at = "functions/agents/planted_agent/handlers.py:1"
    assert garden.findings() == [f"{at}: is not run: nothing imports it (did you mean handler.py?)"]


@pytest.mark.parametrize(
    "line",
    [
        "from .operation import X",
        "from functions.providers.planted_half import operation",
        "try:\n    from . import operation\nexcept ImportError: ...",
        "import importlib\nimportlib.import_module('.operation', __package__)",
    ],
)
def test_a_module_that_other_code_names_is_not_reported(garden, plant, line):
    plant("source", operation="X = 1\n", translate=f"{line}\n{PARTS['translate']}")
    assert garden.findings() == []


@pytest.mark.parametrize("name", ["money", "sources", "source_types", "parse", "test_translate", "rules"])
def test_a_module_whose_name_is_like_none_that_is_missing_is_not_reported(garden, plant, name):
    plant("source", **{name: "X = 1\n"})
    assert garden.findings() == []


def test_a_provider_without_any_manifest_is_reported_once(garden):
    garden.plant("sources", "planted_half", "", without="source.py", translate=PARTS["translate"])
    (finding,) = garden.findings()
    assert finding.startswith(f"{HERE}/source.py:1: is missing, and so is connector.py")
