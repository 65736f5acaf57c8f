"""Finds the tools that build a zip: uv, and an interpreter of Lambda's Python version."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LAMBDA_PYTHON = "3.13"


class ToolMissing(Exception):
    """A required tool is missing; the message says what to install."""


@cache
def uv() -> str:
    """The path of the project's uv, or of the machine's own. Raises ToolMissing if there is neither."""
    own = ROOT / ".tools/uv/bin/uv"
    found = str(own) if own.is_file() else shutil.which("uv")
    if not found:
        raise ToolMissing("uv is missing: run 'make setup'")
    return found


@cache
def lambda_python() -> str | None:
    """The path of an interpreter of Lambda's minor version, or None. Lambda uses only its bytecode."""
    return next((python for python in _candidates() if _version(python) == LAMBDA_PYTHON), None)


def _candidates() -> Iterator[str]:
    on_path = shutil.which(f"python{LAMBDA_PYTHON}")
    if on_path:
        yield on_path
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    # Newest patch first; a pyenv shim on the PATH works only for pyenv's active version.
    yield from map(str, sorted(pyenv.glob(f"versions/{LAMBDA_PYTHON}.*/bin/python{LAMBDA_PYTHON}"), reverse=True))
    words = [uv(), "python", "find", "--offline", LAMBDA_PYTHON]
    found = subprocess.run(words, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603 - uv, with fixed arguments
    if found:
        yield found


def _version(python: str) -> str | None:
    words = [python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603 - a Python of this machine, with fixed arguments
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None
