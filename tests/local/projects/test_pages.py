"""The README and the tutorial, done in a fresh clone exactly as they are printed."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from hookline.local import stack
from hookline.local.toolchain import ROOT
from tests.local.printed import COMMAND, blocks, path_of, run

pytestmark = pytest.mark.local

PAGES = ("README.md", "docs/tutorial.md")
# What is printed and not run here, and why.
NOT_RUN = {
    "make demo": "it plays for minutes; test_payments.py runs one delivery of it",
    "make deploy": "it needs an AWS account",
}
INSTALLED = (".tools", "node_modules")  # what `make` would install into a clone, the same for all


@dataclass(frozen=True)
class Clone:
    """A clone of this project in the folder `root`, with the environment of a shell in it."""

    root: Path
    environment: Mapping[str, str]


@pytest.fixture
def clone(tmp_path: Path, free_port: Callable[[], int]) -> Iterator[Clone]:
    """The files of this project that are under version control, in a folder of their own."""
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout  # noqa: S607 - git of the PATH
    for name in filter(None, files.decode().split("\0")):
        if (ROOT / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tmp_path / name)
    for name in INSTALLED:
        (tmp_path / name).symlink_to(ROOT / name)
    own = {name: value for name, value in os.environ.items() if name not in ("STRIPE_API_KEY", "VIRTUAL_ENV")}
    ports = {"HOOKLINE_PORT": str(free_port()), "HOOKLINE_SANDBOX_PORT": str(free_port())}
    path = f"{tmp_path}/.venv/bin{os.pathsep}{own['PATH']}"  # as after 'source .venv/bin/activate'
    subprocess.run(["make", "setup"], cwd=tmp_path, env=own, check=True, capture_output=True)  # noqa: S607 - make of the PATH
    yield Clone(tmp_path, {**own, **ports, "PATH": path, "COLUMNS": "120"})
    stack.down(tmp_path / ".hookline")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_works_as_it_is_printed(clone: Clone, name: str) -> None:
    """Its files are written, its commands run in their order, and the output is what the page says."""
    assert run(ROOT / name, clone.root, clone.environment, NOT_RUN)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_no_command_or_file_that_is_not_tried(name: str) -> None:
    """A block without a language holds no command; any other one is a console or names its file."""
    for block in blocks((ROOT / name).read_text("utf-8")):
        if not block.language:
            assert not COMMAND.search(block.text), f"{name}:{block.line}: a command in a block that nothing runs"
        elif block.language != "console":
            assert path_of(block)
