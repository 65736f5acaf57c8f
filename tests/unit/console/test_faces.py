"""Whatever one face of the operator's reads and acts has, the others have: console, command line and MCP server."""

import anyio
import click
import pytest
from mcp import Client

from hookline.__main__ import hookline
from hookline.console import found
from hookline.mcp_server import build
from tests.unit.fakes import NOW

PAGES = found.pages_by_name()
READS = {f"{name}/{path}": view.same for name, page in PAGES.items() for path, view in page.views.items()}
ACTS = {f"{name}/{path}": same for name, page in PAGES.items() for path, same in page.same.items()}


@pytest.fixture(scope="module")
def tools():
    """Each tool of a server that may act, by its name, with whether it only reads."""

    async def listed():
        async with Client(build(lambda: None, lambda: NOW, True)) as client:
            return (await client.list_tools()).tools

    return {tool.name: tool.annotations.read_only_hint for tool in anyio.run(listed)}


def test_each_page_has_reads_and_some_have_acts():
    """Or the tests below would find nothing."""
    assert len(READS) > 20 and len(ACTS) > 8
    assert all(page.acts.keys() == page.same.keys() for page in PAGES.values())


@pytest.mark.parametrize("name", [*READS, *ACTS])
def test_a_command_does_the_same(name):
    """With the options that are named; in capitals is what one fills in."""
    command, words = hookline, {**READS, **ACTS}[name].command.split()
    while words and isinstance(command, click.Group) and not words[0].startswith("-") and words[0].islower():
        command = command.get_command(click.Context(command), words.pop(0))
        assert command, name
    options = {option for one in command.params for option in one.opts}
    assert {word for word in words if word.startswith("-")} <= options
    arguments = [word for word in words if word.isupper()]
    assert len(arguments) <= len(command.params)
    assert all(word.isupper() or word.startswith("-") for word in words)


@pytest.mark.parametrize("name", [*READS, *ACTS])
def test_a_tool_of_the_mcp_server_does_the_same(name, tools):
    """One that only reads for a read, and one that needs leave for an act."""
    assert tools[{**READS, **ACTS}[name].tool] is (name in READS)


def test_no_tool_is_the_servers_alone(tools):
    """What it offers is on a page."""
    assert set(tools) == {same.tool for same in {**READS, **ACTS}.values()}
