"""`hookline check` of the whole project: from the start of a process to its end, in the project's own environment."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

from bench.checks import Check, show
from infra.interpreters import ROOT

ROUNDS = 9
AT_MOST = 1.0  # seconds
CHECK = ("-m", "hookline", "check")
BARE = ("-c", "pass")
OWN = ROOT / ".venv/bin/python"


@dataclass(frozen=True)
class Run:
    """One process: its wall and processor time in seconds."""

    wall: float
    processor: float


def run() -> list[Check]:
    """Measure, print, and return the checks."""
    python = OWN if OWN.is_file() else Path(sys.executable)
    runs: dict[tuple[str, ...], list[Run]] = {CHECK: [], BARE: []}
    for words in runs:
        start(python, words)  # into the page cache
    for _ in range(ROUNDS):
        for words, found in runs.items():
            found.append(start(python, words))
    print(f"\nhookline check of the whole project, a process each; medians of {ROUNDS} rounds\n")
    print(f"  {'':20}{'wall':>10}{'CPU':>13}")
    for name, words in (("hookline check", CHECK), ("python -c pass", BARE)):
        wall, processor = median(one.wall for one in runs[words]), median(one.processor for one in runs[words])
        print(f"  {name:20}{wall * 1e3:7.0f} ms{processor * 1e3:10.0f} ms")
    # Nothing in it waits, so alone on a machine it takes its processor time; the wall also waits for neighbours.
    processor = median(one.processor for one in runs[CHECK])
    checks = [Check("hookline check of the whole project, in seconds of processor time", processor, AT_MOST)]
    show(checks)
    return checks


def start(python: Path, words: tuple[str, ...]) -> Run:
    """Start a process and wait for its end. Raises RuntimeError if it fails."""
    begun = perf_counter()
    process = subprocess.Popen([python, *words], cwd=ROOT, stdout=subprocess.DEVNULL)  # noqa: S603 - this project's interpreter, with fixed arguments
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(words)} ended with exit code {process.returncode}")
    return Run(perf_counter() - begun, used.ru_utime + used.ru_stime)
