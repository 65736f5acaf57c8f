"""The walls between the folders."""

import subprocess
import sys
from pathlib import Path

import pytest

from infra.bundling import ROOT


def test_every_wall_of_pyproject_stands():
    # In a process of its own: the linter configures logging for the whole of the one that it runs in.
    command = [str(Path(sys.executable).with_name("lint-imports")), "--config", "pyproject.toml", "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(done.stdout + done.stderr, pytrace=False)
    assert "0 broken" in done.stdout
