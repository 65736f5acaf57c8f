"""A thousand runs of each pattern at once in the simulated account, while deliveries are copied and processes die.

A tenth of the deliveries are copies, a tenth of the members' reports get lost, and a hundredth of the calls of AWS fail
or are the last of their process. The handlers are the real ones.
"""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from statistics import mean
from time import perf_counter

from bench.checks import Check, show
from functions.core.platform.log import log
from functions.core.workflows.catalogue import patterns
from functions.core.workflows.ends import END_STATES
from hookline.testing.workflows.disturbed import Disturbed, disturbed

RUNS = 1000
REQUESTS = 3  # to DynamoDB, of the driver for one step


def run() -> list[Check]:
    """Measure, print, and return the checks."""
    print(f"\n{RUNS:,} runs of each pattern at the same moment, all disturbed\n")
    columns = f"{'tasks':>6} {'wrong':>5} {'copies':>6} {'lost':>5} {'crashes':>7} {'faults':>6} {'redriven':>8}"
    print(f"  {'pattern':11} {'runs':>5} {columns} {'requests a step':>17} {'wall s':>7}  ends")
    names = list(patterns())
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn"), initializer=_quiet) as pool:
        measured = pool.map(partial(_measured, runs=RUNS), names)
        found = dict(zip(names, map(_show, names, measured), strict=True))
    for name, one in found.items():
        for what in one.wrong[:10]:
            print(f"  {name}: {what}")
    undeclared = sum(RUNS - sum(one.ends.get(end, 0) for end in END_STATES) for one in found.values())
    checks = [
        Check("runs that did not end in a declared state", undeclared, 0),
        Check("tasks lost or doubled, and whatever else must not be", sum(len(one.wrong) for one in found.values()), 0),
        Check(
            "requests of the driver to DynamoDB for one step",
            max(max(one.requests) for one in found.values()),
            REQUESTS,
        ),
    ]
    show(checks)
    return checks


def _quiet() -> None:
    """Print no line for each record and each fault."""
    log.setLevel("CRITICAL")


def _measured(pattern: str, runs: int) -> tuple[Disturbed, float]:
    """The runs of one pattern, and their wall time in seconds."""
    before = perf_counter()
    return disturbed(pattern, runs), perf_counter() - before


def _show(pattern: str, measured: tuple[Disturbed, float]) -> Disturbed:
    one, seconds = measured
    counted = (
        f"{one.tasks:6} {len(one.wrong):5} {one.copies:6} {one.lost:5} {one.crashes:7} {one.faults:6} {one.redriven:8}"
    )
    requests = f"{mean(one.requests):.2f}, at most {max(one.requests)}"
    ends = ", ".join(f"{end} {count}" for end, count in sorted(one.ends.items()))
    print(f"  {pattern:11} {sum(one.ends.values()):5} {counted} {requests:>17} {seconds:7.0f}  {ends}", flush=True)
    return one
