"""New files are written all at once or not at all."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hookline.operator.errors import OperatorError
from hookline.scaffold import writing
from hookline.scaffold.writing import New, write
from infra.interpreters import ROOT

MADE = New(
    {"functions/agents/new/agent.py": "x = 'y'\n", "functions/agents/new/a.json": "{}", "tests/test_new.py": "z=1\n"},
    ["functions/agents/new", "tests/test_new.py"],
)


@pytest.fixture
def root(tmp_path):
    """A project with one agent."""
    (tmp_path / "functions/agents/there").mkdir(parents=True)
    (tmp_path / "functions/agents/there/agent.py").write_text("here\n")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def everything(root: Path) -> set[str]:
    """Every file, and every folder that is in no other project of this kind."""
    return {
        path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file() or path.parent.name == "agents"
    }


def test_all_files_are_there_formatted(root):
    before = everything(root)
    assert write(MADE, root) == sorted(MADE.files)
    assert everything(root) - before == {*MADE.files, "functions/agents/new"}
    assert (root / "functions/agents/new/agent.py").read_text() == 'x = "y"\n'
    assert (root / "tests/test_new.py").read_text() == "z = 1\n"


@pytest.mark.parametrize("place", ["functions/agents/new/old.py", "tests/test_new.py"])
def test_what_exists_is_not_touched_and_nothing_is_written(root, place):
    (root / place).parent.mkdir(parents=True, exist_ok=True)
    (root / place).write_text("mine")
    before = everything(root)
    with pytest.raises(OperatorError, match="exists already: choose another name"):
        write(MADE, root)
    assert everything(root) == before
    assert (root / place).read_text() == "mine"


def test_a_folder_in_which_git_left_only_bytecode_is_free(root):
    (root / "functions/agents/new/__pycache__").mkdir(parents=True)
    (root / "functions/agents/new/__pycache__/agent.pyc").write_text("")
    write(MADE, root)
    assert not (root / "functions/agents/new/__pycache__").exists()


@pytest.mark.parametrize("step", range(2))
def test_after_ctrl_c_between_two_moves_nothing_is_left(root, monkeypatch, step):
    """The first of the places was moved already."""
    before, rename, moved = everything(root), Path.rename, []

    def interrupted(path, target):
        if len(moved) == step:
            raise KeyboardInterrupt
        moved.append(target)
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(MADE, root)
    assert everything(root) == before
    assert len(moved) == step


def test_after_ctrl_c_while_it_formats_nothing_is_left(root, monkeypatch):
    before = everything(root)

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(writing, "_format", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(MADE, root)
    assert everything(root) == before


def test_a_file_in_the_way_of_a_folder_is_an_error_and_nothing_is_left(root):
    """Or a disk that is full, or not to be written to."""
    (root / "tests").write_text("a file")
    before = everything(root)
    with pytest.raises(OperatorError, match="cannot be written"):
        write(MADE, root)
    assert everything(root) == before


def test_code_that_cannot_be_formatted_is_an_error_and_nothing_is_left(root):
    before = everything(root)
    with pytest.raises(OperatorError, match="cannot be formatted"):
        write(New({"functions/agents/new/agent.py": "def (:"}, ["functions/agents/new"]), root)
    assert everything(root) == before


def test_imports_of_what_is_new_are_sorted_as_the_project_sorts_them_later(root):
    """The formatter takes what does not exist yet for somebody else's package."""
    (root / "functions/__init__.py").touch()
    imports = ["import pytest", "", *(f"from functions.agents.{name}.agent import {name}" for name in ("new", "there"))]
    test = "\n".join([*imports, "", "print(pytest, new, there)", ""])
    write(New({**MADE.files, "tests/test_new.py": test}, MADE.places), root)
    check = [sys.executable, "-m", "ruff", "check", "--select", "I", "--no-cache", "--isolated", "."]
    assert subprocess.run(check, cwd=root, capture_output=True, text=True).stdout == "All checks passed!\n"
