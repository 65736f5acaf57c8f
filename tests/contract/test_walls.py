"""The walls between the folders."""

import pytest
from importlinter.cli import lint_imports

from infra.bundling import ROOT


def test_every_wall_of_pyproject_stands(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    kept = lint_imports(config_filename="pyproject.toml", no_cache=True) == 0
    said = capsys.readouterr().out
    if not kept:
        pytest.fail(said, pytrace=False)
    assert "0 broken" in said
