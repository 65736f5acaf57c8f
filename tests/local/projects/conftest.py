"""Copies of the project with agents of their own, each deployed once for the tests that can share it."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hookline.local.stack import LocalStack
from tests.local.project import Project, copied
from tests.local.projects.parity.cases import BOUND

HERE = Path(__file__).parent
OWN = HERE / "own/functions"
PROBING = (HERE / "parity/functions", HERE / "thinking/functions")


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]) -> Iterator[Project]:
    """A copy of the project with a user's folders and files in it. Not deployed yet: `hookline dev` may do that."""
    project = copied(tmp_path_factory.mktemp("project"), free_port)
    project.add(OWN)
    yield project
    project.down()


@pytest.fixture(scope="session")
def probed(tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]) -> Iterator[Project]:
    """A copy of the project with the prober, the waiter and the thinker, deployed."""
    project = copied(tmp_path_factory.mktemp("project"), free_port)
    for functions in PROBING:
        shutil.copytree(functions, project.root / "functions", dirs_exist_ok=True)
    project.up(*(word for name, entity in BOUND.items() for word in ("--bind", f"{name}={entity}")))
    yield project
    project.down()


@pytest.fixture(scope="session")
def probing(probed: Project) -> LocalStack:
    """The local stack of the prober, the waiter and the thinker."""
    return probed.stack
