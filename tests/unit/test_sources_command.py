"""hookline sources: the list and each source, for people and as data."""

import json

import pytest
from click.testing import CliRunner

from hookline.cli.sources import sources
from hookline.validation.discovery import discover

NAMES = list(discover().sources)


@pytest.fixture
def run(monkeypatch):
    """Runs the command where no source was asked for beside those that agents hear."""
    monkeypatch.setattr("hookline.local.stack.asked_for", list)
    return lambda *words: CliRunner().invoke(sources, words, catch_exceptions=False).stdout


def test_as_data_the_list_has_every_source_and_which_are_deployed(run):
    rows = {row["source"]: row for row in json.loads(run("--json"))["sources"]}
    assert list(rows) == NAMES
    assert {name for name, row in rows.items() if row["deployed"]} == {s.name for s in discover().deployed_sources()}
    assert (rows["stripe"]["algorithm"], rows["stripe"]["tolerance_seconds"]) == ("hmac-sha256", 300)


@pytest.mark.parametrize("name", NAMES)
def test_as_data_a_source_is_the_same_as_its_page(run, name):
    """Each has all fields, whatever its scheme lacks."""
    told, page = json.loads(run("show", name, "--json")), run("show", name)
    assert told.keys() == json.loads(run("show", "stripe", "--json")).keys()
    for field in ("owner", "documents", "path", "secret", "algorithm", "signature_in"):
        assert str(told[field]) in page
    assert ("not signed" in page) == (told["tolerance_seconds"] is None)
