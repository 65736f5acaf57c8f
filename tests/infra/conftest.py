"""The templates for AWS, synthesized once a session."""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from hookline.local.toolchain import search_path
from hookline.testing.destinations import every_destination
from hookline.validation.discovery import discover
from infra import naming
from infra.templates import Deployed
from tests.infra.garden import Garden, planted_garden

Templates = Mapping[str, bytes]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-permissions", action="store_true", help="write tests/infra/permissions.txt anew")


@pytest.fixture(scope="session")
def synthesize() -> Iterator[Callable[[], Templates]]:
    """Synthesizes the app for AWS as it is now, with every source; returns the templates by stack.

    The functions have no code: tests/contract/test_zips.py tests the zips.
    """

    def synth(**context: str) -> Templates:
        from infra.app import build

        project = discover()
        everything = {
            "bundle": "false",
            "sources": ",".join(project.sources),
            "destinations": every_destination(project),
        }
        assembly = build(context={**everything, **context}).synth()
        place = Path(assembly.directory)
        templates = {stack.stack_name: (place / stack.template_file).read_bytes() for stack in assembly.stacks}
        shutil.rmtree(place)
        return templates

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", search_path(os.environ))
        patch.setenv("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "20")
        yield synth


@pytest.fixture(scope="session")
def templates(synthesize: Callable[[], Templates]) -> Templates:
    """The templates of everything that is declared."""
    return synthesize()


@pytest.fixture(scope="session")
def deployed(templates: Templates) -> Deployed:
    """Everything that the templates hold."""
    return Deployed.of(templates)


@pytest.fixture(scope="session")
def agents(deployed: Deployed) -> list[str]:
    """The names of the agents' identities."""
    found = [name for name in deployed.functions if name.startswith(f"{naming.PREFIX}-agent-")]
    assert found
    return found


@pytest.fixture
def garden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Garden]:
    """A folder like functions/ to plant agents, sources and connectors in."""
    with planted_garden(tmp_path, monkeypatch) as planted:
        yield planted
