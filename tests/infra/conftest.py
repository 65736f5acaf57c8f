"""The templates for AWS, synthesized once a session."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from infra import naming
from infra.templates import Deployed
from tests.infra.garden import Garden, planted_garden
from tests.infra.sown import sow

Templates = Mapping[str, bytes]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-permissions", action="store_true", help="write tests/infra/permissions.txt anew")


@pytest.fixture(scope="session")
def templates(synthesize: Callable[..., Templates]) -> Templates:
    """The templates of everything that is declared."""
    return synthesize()


@pytest.fixture(scope="session")
def deployed(templates: Templates) -> Deployed:
    """Everything that the templates hold."""
    found = Deployed.of(templates)
    assert found.functions and found.roles and found.queues and found.permissions  # tests loop over them
    return found


@pytest.fixture(scope="session")
def agents(deployed: Deployed) -> list[str]:
    """The names of the agents' identities."""
    found = [name for name in deployed.functions if name.startswith(naming.AGENTS)]
    assert found
    return found


@pytest.fixture
def garden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Garden]:
    """A folder like functions/ to plant agents, sources and connectors in."""
    with planted_garden(tmp_path, monkeypatch) as planted:
        yield planted


@pytest.fixture
def sown(garden: Garden) -> Garden:
    """A garden in which a source translates, and an agent that can act."""
    return sow(garden)
