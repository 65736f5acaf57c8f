"""hookline sources: the list and each source, for people and as data."""

import json
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from hookline.cli.commands.sources import sources
from infra.deployable import with_flows
from tests.declared import PROJECT

pytestmark = pytest.mark.usefixtures("read_once")

NAMES = list(PROJECT.sources)


@pytest.fixture
def run(monkeypatch):
    """Runs the command with no sources asked for but those that agents subscribe to."""
    monkeypatch.setattr("hookline.local.stack.asked_for", list)
    monkeypatch.setattr("hookline.local.stack.flows_of", list)
    return lambda *words: CliRunner().invoke(sources, words, catch_exceptions=False).stdout


def test_as_data_the_list_has_every_source_and_which_are_deployed(run):
    rows = {row["source"]: row for row in json.loads(run("--json"))["sources"]}
    assert list(rows) == NAMES
    deployed = with_flows(PROJECT, []).deployed_sources()
    assert {name for name, row in rows.items() if row["deployed"]} == {one.name for one in deployed}
    assert (rows["stripe"]["algorithm"], rows["stripe"]["tolerance_seconds"]) == ("hmac-sha256", 300)


@pytest.mark.parametrize("name", NAMES)
def test_as_data_a_source_is_the_same_as_its_page(run, name):
    """Each has all fields, whatever its scheme lacks."""
    told, page = json.loads(run("show", name, "--json")), run("show", name)
    assert told.keys() == json.loads(run("show", "stripe", "--json")).keys()
    for field in ("owner", "documents", "path", "secret", "algorithm", "signature_in"):
        assert str(told[field]) in page
    assert ("timestamp     not signed" in page) == (told["tolerance_seconds"] is None)


def test_a_source_shows_its_address_on_the_local_stack(run, monkeypatch):
    """Of one that is not deployed there, and without a stack, only the path."""
    running = SimpleNamespace(url="http://127.0.0.1:4566/api", has="stripe".__eq__)
    monkeypatch.setattr("hookline.local.stack.find", lambda: running)
    assert "URL           http://127.0.0.1:4566/api/webhooks/stripe\n" in run("show", "stripe")
    assert json.loads(run("show", "stripe", "--json"))["url"] == "http://127.0.0.1:4566/api/webhooks/stripe"
    assert "URL           /webhooks/github below the output Url of stack hookline-ingress\n" in run("show", "github")
    monkeypatch.setattr("hookline.local.stack.find", lambda: None)
    assert json.loads(run("show", "stripe", "--json"))["url"] is None


def test_the_list_says_which_raw_types_become_which_event_and_what_the_others_become(run):
    """Of each source; one that translates nothing says so."""
    page = " ".join(run().split())
    assert "pull_request.opened, pull_request.reopened, pull_request.ready_for_review → change.proposed" in page
    for name, manifest in PROJECT.sources.items():
        assert f"{'any other' if manifest.translates else 'any'} → {name}.unmapped" in page


@pytest.mark.parametrize("name", NAMES)
def test_a_source_shows_its_translated_raw_types_and_the_fate_of_others(run, name):
    """As its manifest declares them, which the contract tests hold to the code."""
    declared, page = PROJECT.sources[name].detail_types, run("show", name)
    assert json.loads(run("show", name, "--json"))["translates"] == {raw: list(to) for raw, to in declared.items()}
    shown = [line.split(maxsplit=1) for line in page.partition("events by raw type\n")[2].splitlines()]
    assert shown[: len(declared)] == [[raw_type, " or ".join(names)] for raw_type, names in declared.items()]
    assert shown[-1][-1].endswith(f"{name}.unmapped")


@pytest.mark.parametrize("name", NAMES)
def test_a_source_shows_what_its_entities_are_made_of_and_what_it_needs(run, name):
    """Every other part of a delivery may be missing."""
    told, page = json.loads(run("show", name, "--json")), run("show", name)
    assert (told["keys"], told["needs"]) == ([*PROJECT.sources[name].keys], [*PROJECT.sources[name].needs])
    assert f"\nkeys          {', '.join(told['keys']) or 'none: no event of it names an entity'}\n" in page
    assert f"\nneeds         {', '.join(told['needs']) or 'nothing else'}\n" in page


def test_a_ping_is_not_said_to_become_an_event(run):
    assert "ping" in json.loads(run("show", "github", "--json"))["pings"]
    assert "\n  ping                           no event: a ping, which is answered\n" in run("show", "github")


def test_what_is_not_certain_ends_with_its_paragraph(run):
    """And not with the README."""
    doubts = {name: json.loads(run("show", name, "--json"))["doubts"] for name in NAMES}
    written = " ".join(doubt for all_of_one in doubts.values() for doubt in all_of_one)
    assert doubts["zendesk"][-1].endswith("Neither the source nor the connector has been used with Zendesk itself.")
    assert "#" not in written and "|" not in written
