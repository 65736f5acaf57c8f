"""One part of the benchmarks in a process; `python -m bench.part MODULE FILE` is that of one of WITH_PROJECT."""

import importlib
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.checks import Check

ROOT = Path(__file__).parent.parent
PROJECT = ROOT / ".venv/bin/python"
# What tools do on a local stack is measured with the project's packages, and not with those of `make bench`.
WITH_PROJECT = ("console",)


def measured(module: str) -> Sequence[Check]:
    """Run one part, which prints its figures, and return its checks."""
    if module in WITH_PROJECT:
        return _in_project(module)
    return importlib.import_module(f"bench.{module}").run() or ()


def _in_project(module: str) -> Sequence[Check]:
    with TemporaryDirectory() as place:
        answer = Path(place, "checks.json")
        subprocess.run([str(PROJECT), "-m", "bench.part", module, str(answer)], cwd=ROOT, check=True)  # noqa: S603 - our own command
        return [Check(**check) for check in json.loads(answer.read_text())]


if __name__ == "__main__":
    found = importlib.import_module(f"bench.{sys.argv[1]}").run() or ()
    Path(sys.argv[2]).write_text(json.dumps([asdict(check) for check in found]))
