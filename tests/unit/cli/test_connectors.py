"""hookline connectors: what each connector can do, as its manifest has it, for people, as data and as Markdown."""

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from functions.core.manifests.arguments import Flag, Number, Text
from functions.core.manifests.connector import ConnectorManifest, Operation, ReadBack, State
from functions.core.manifests.credentials import Bearer
from hookline.cli.commands.connectors import connectors
from hookline.operator.connector_page import markdown, page
from hookline.operator.connectors import sheet
from hookline.operator.errors import OperatorError
from tests.declared import PROJECT

pytestmark = pytest.mark.usefixtures("read_once")

NAMES = list(PROJECT.connectors)
READ = Operation("thing.read", kind="read", entity="acme:thing/{thing}", method="GET", path="/things/{thing}")
WRITE = Operation(
    "thing.write",
    kind="effect",
    entity="acme:thing/{thing}",
    method="POST",
    path="/things/{thing}",
    takes={"text": Text(), "count": Number(), "loud": Flag()},
    needs=["text"],
    idempotency="none",
    read_back=ReadBack("thing.read", items="data", proof={"key": "{key}", "open": False}),
    state=State("thing.read", fields=["open", "owner.name"]),
)
JUDGE = Operation(
    "thing.judge", kind="read", entity="acme:thing/{thing}", method="POST", path="/judge/{thing}", metered=True
)
TOUCH = Operation("thing.touch", kind="effect", entity="acme:thing/{thing}", idempotency="natural")
ACME = ConnectorManifest(
    name="acme",
    owner="tests",
    operations=[READ, WRITE, TOUCH, JUDGE],
    hosts=["api.acme.example"],
    base="https://api.acme.example/",
    credential=Bearer(),
)


@pytest.fixture
def run():
    """Runs the command."""
    return lambda *words: CliRunner().invoke(connectors, words, catch_exceptions=False).stdout


def operations(manifest: ConnectorManifest) -> dict:
    return {operation["name"]: operation for operation in sheet(manifest)["operations"]}


def test_the_list_has_every_connector_with_its_operations_by_kind(run):
    assert [row["connector"] for row in json.loads(run("--json"))["connectors"]] == NAMES
    page = run()
    assert "message.list" in page and "message.post" in page and "slack.com" in page
    assert "nothing outside AWS" in page  # the engine's own


@pytest.mark.parametrize("name", NAMES)
def test_a_connector_shows_every_operation_with_its_entity_in_every_form(run, name):
    manifest, data = PROJECT.connectors[name], json.loads(run("show", name, "--json"))
    assert [one["name"] for one in data["operations"]] == [one.name for one in manifest.operations]
    assert (
        manifest.operations or name in PROJECT.reconciles
    )  # which lists what its provider has, and needs no operation
    for text in (run("show", name), run("show", name, "--markdown")):
        for operation in manifest.operations:
            assert operation.name in text and operation.entity in text


def test_arguments_have_their_types_and_say_which_must_be_given():
    assert operations(ACME)["thing.write"]["arguments"] == [
        {"name": "thing", "type": "text", "required": True},
        {"name": "text", "type": "text", "required": True},
        {"name": "count", "type": "whole number", "required": False},
        {"name": "loud", "type": "true or false", "required": False},
    ]


def test_an_effect_says_what_makes_a_repeat_harmless_and_what_a_person_sees():
    write, touch = operations(ACME)["thing.write"], operations(ACME)["thing.touch"]
    assert write["repeat"] == (
        "the provider does not detect repeats; thing.read shows whether it happened, "
        'by key = "{key}" and open = false in data'
    )
    assert write["shown"] == "the arguments; of thing.read: open, owner.name"
    assert (touch["repeat"], touch["shown"]) == ("a repeat has no further effect", "the arguments")


def test_a_read_says_nothing_of_repeats_and_approvals():
    read = operations(ACME)["thing.read"]
    assert (read["repeat"], read["shown"]) == (None, None)
    lines = list(page(sheet(ACME)))
    at = lines.index("thing.read: read on acme:thing/{thing}")
    assert lines[at + 1 : at + 4] == ["  request     GET /things/{thing}", "  arguments   thing (text)", ""]


def test_the_page_names_the_hosts_and_the_kind_of_credential_with_its_secret():
    assert list(page(sheet(ACME)))[:3] == [
        "acme, owned by tests",
        "  calls       api.acme.example",
        "  credential  bearer, in the secret hookline/connectors/acme",
    ]
    context = sheet(PROJECT.connectors["context"])
    assert (context["hosts"], context["credential"], context["secret"]) == ([], None, None)
    assert "  credential  none" in page(context)


def test_the_markdown_is_one_table_whose_cells_no_text_can_break():
    odd = ConnectorManifest(
        name="acme", owner="tests", operations=[Operation("thing.read", kind="read", entity="acme:a|b/{thing}")]
    )
    assert list(markdown(sheet(odd)))[-1] == r"| `thing.read` | read | `acme:a\|b/{thing}` | thing (text) |  |  |"
    rows = [line for line in markdown(sheet(ACME)) if line.startswith("|")]
    assert {row.count("|") for row in rows} == {7}
    assert "read, metered" in rows[5]


def test_an_unknown_connector_is_one_line(run):
    with pytest.raises(OperatorError, match=r"there is no connector 'slak' \(did you mean slack\?\)"):
        run("show", "slak")


def test_markdown_and_json_exclude_each_other(run):
    with pytest.raises(OperatorError, match="exclude"):
        run("show", "slack", "--markdown", "--json")


def test_a_connector_of_models_shows_their_prices_with_their_date(run):
    """An operator looks here for what is missing in the settings."""
    line = "amazon.nova-lite-v1:0: 0.06 in, 0.24 out, US dollars per million tokens (2026-11-28)"
    assert line in run("show", "bedrock")
    prices = json.loads(run("show", "bedrock", "--json"))["prices"]
    (price,) = (one for one in prices if "amazon.nova-lite-v1:0" in one["models"])
    assert (price["input"], price["cache_write"]) == ("0.06", None)
    assert "price" not in run("show", "stripe")


def test_what_decides_on_an_entity_says_that_it_happens_once_for_it():
    decides = Operation(
        "thing.take", kind="effect", entity="acme:thing/{thing}", idempotency="natural", decides="acme:order"
    )
    (shown,) = sheet(replace(ACME, operations=[decides]))["operations"]
    assert shown["repeat"].endswith("; of all that decide on one acme:order, one happens")
