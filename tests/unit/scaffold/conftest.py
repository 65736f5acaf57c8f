"""A folder like the project, into which tests write what `hookline new` makes."""

import importlib
import shutil
import subprocess
import sys

import pytest

from hookline.scaffold.writing import New, write
from hookline.testing import fixtures
from hookline.validation.discovery import FUNCTIONS
from infra.interpreters import ROOT
from tests.infra.garden import planted_garden


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Its root holds the shipped agents and providers; every name of its own begins with planted_."""
    (tmp_path / "functions").mkdir()
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with planted_garden(tmp_path / "functions", monkeypatch) as garden:
        garden.project = tmp_path
        for folder in ("agents", "providers"):
            package = importlib.import_module(f"functions.{folder}")
            # The shipped ones are imported from where they are.
            monkeypatch.setattr(package, "__path__", [*package.__path__[1:], package.__path__[0]])
            for shipped in (FUNCTIONS / folder).iterdir():
                if shipped.is_dir() and shipped.name != "__pycache__":
                    (garden.root / folder / shipped.name).symlink_to(shipped)
        monkeypatch.setattr(fixtures, "FUNCTIONS", garden.root)
        yield garden


@pytest.fixture
def write_all(project):
    """Writes several new things at once, because each run of the formatter takes a while, and checks their style."""

    def write_all(made):
        assert made
        files = {file: text for one in made for file, text in one.files.items()}
        written = write(New(files, [place for one in made for place in one.places]), project.project)
        importlib.invalidate_caches()
        code = [file for file in written if file.endswith(".py")]
        for command in (["check"], ["format", "--check"]):
            words = [sys.executable, "-m", "ruff", *command, "--no-cache", *code]
            done = subprocess.run(words, cwd=project.project, capture_output=True, text=True)
            assert done.returncode == 0, done.stdout
        return written

    return write_all
