"""Every agent: a function that thinks, and holds nothing that it could misuse."""

import importlib
import inspect
from pathlib import Path

import grimp
import pytest

from hookline.validation.discovery import discover
from hookline.validation.plugin_code import OUTSIDE
from infra.bundling import ROOT


def folder(agent) -> Path:
    return ROOT / "functions/agents" / agent.name


@pytest.fixture(scope="module")
def imports():
    """Who imports whom, the modules from outside included."""
    return grimp.build_graph("functions", include_external_packages=True, cache_dir=None)


def test_an_agents_run_takes_the_event_and_the_tools(agent):
    run = importlib.import_module(f"functions.agents.{agent.name}.agent").run
    assert list(inspect.signature(run).parameters) == ["event", "tools"]


@pytest.mark.parametrize("outside", OUTSIDE)
def test_an_agents_code_reaches_nothing_outside_by_any_import(agent, imports, outside):
    # manifest.py is read by infra, too; whatever else is in the folder, run() may use.
    own = sorted(
        {f"functions.agents.{agent.name}.{path.stem}" for path in folder(agent).glob("*.py")}
        - {f"functions.agents.{agent.name}.{wiring}" for wiring in ("__init__", "manifest")}
    )
    assert f"functions.agents.{agent.name}.agent" in own
    reached = [imports.find_shortest_chain(module, outside) for module in own if outside in imports.modules]
    assert [" -> ".join(chain) for chain in reached if chain] == []


def test_the_search_for_imports_finds_boto3_where_it_is(imports):
    assert imports.find_shortest_chain("functions.core.runtime.serve", "boto3")


def test_an_agent_hears_only_what_its_sources_can_say(agent):
    house = discover()
    said = {other.identity: other.says for other in house.agents.values()}
    for heard in agent.hears:
        for source in heard.sources:
            if source.startswith("agent."):
                assert heard.detail_type in [*said[source], "approval.required"], f"{source} never says it"
