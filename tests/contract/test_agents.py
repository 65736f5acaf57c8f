"""Every agent: a function that thinks, and holds nothing that it could misuse."""

import ast
import importlib
import inspect
from pathlib import Path

import grimp
import pytest

from hookline.validation.plugin_code import OUTSIDE
from infra import naming
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


@pytest.mark.synth
def test_an_agents_handler_is_wiring_and_nothing_else(deployed_agent, declared):
    # The general one, or the agent's own.
    function = declared[naming.agent(deployed_agent.name)]
    body = ast.parse((ROOT / f"{function.starts.replace('.', '/')}.py").read_text()).body
    kinds = {type(statement) for statement in body[1:]}  # the first is the docstring
    assert kinds <= {ast.Import, ast.ImportFrom, ast.FunctionDef}
    assert body[-1].name == "start"
    assert function.environment["HOOKLINE_AGENT"] == deployed_agent.name


@pytest.mark.parametrize("outside", OUTSIDE)
def test_an_agents_code_reaches_nothing_outside_by_any_import(agent, imports, outside):
    # manifest.py, and handler.py where there is one, are read by infra and by Lambda; run() may use whatever else.
    own = sorted(
        {f"functions.agents.{agent.name}.{path.stem}" for path in folder(agent).glob("*.py")}
        - {f"functions.agents.{agent.name}.{wiring}" for wiring in ("__init__", "handler", "manifest")}
    )
    assert f"functions.agents.{agent.name}.agent" in own
    reached = [imports.find_shortest_chain(module, outside) for module in own if outside in imports.modules]
    assert [" -> ".join(chain) for chain in reached if chain] == []


def test_the_search_for_imports_finds_boto3_where_it_is(imports):
    assert imports.find_shortest_chain("functions.core.platform.in_lambda", "boto3")
