"""The orchestration patterns: how soon each guard sees a planted failure, and what the proof of each pattern explores.

A step is a message that a run receives, its start included.
"""

from time import process_time

from bench.checks import Check, show
from functions.core.workflows.catalogue import patterns
from hookline.testing.workflows.explore import explore
from hookline.testing.workflows.planted import detect
from hookline.testing.workflows.proofs import proof_of
from hookline.testing.workflows.watch import bound_of

SECONDS = 120.0
CASES_EACH = 100


def run() -> list[Check]:
    """Measure, print, and return the checks."""
    missed = _planted()
    checks = [Check("planted failures that the guard sees too late or not at all", missed, 0), *_proofs()]
    show(checks)
    return checks


def _planted() -> int:
    print(f"\n  {'pattern':11} {'guard':11} {'planted failure':54} {'seen':>5} {'ended':>6}  end: what the guard saw")
    late = 0
    for name in patterns():
        for planted in proof_of(name).PLANTED:
            found = detect(planted)
            late += found.steps > bound_of(planted.declared).steps
            saw = found.saw.partition(": ")[2]
            steps = f"{found.steps:5} {found.all_steps:6}"
            print(f"  {name:11} {planted.guard:11} {planted.failure:54} {steps}  {found.end}: {saw}")
    return late


def _proofs() -> list[Check]:
    print(f"\n  {'pattern':11} {'case':38} {'states':>8} {'messages':>10} {'tasks':>11} {'steps':>11} {'s':>6}")
    seconds, over = 0.0, 0
    for name in patterns():
        for case in proof_of(name).CASES[:CASES_EACH]:
            before = process_time()
            found, bound = explore(case, whole=True), bound_of(case.declared)
            took = process_time() - before
            seconds += took
            tasks, steps = f"{found.tasks} of {bound.tasks}", f"{found.steps} of {bound.steps}"
            over += found.tasks > bound.tasks or found.steps > bound.steps
            sizes = f"{found.states:8,} {found.messages:10,} {tasks:>11} {steps:>11} {took:6.2f}"
            print(f"  {name:11} {case.name:38} {sizes}")
    return [
        Check("cases in which a run exceeds its stated bound", over, 0),
        Check("CPU seconds of all proofs", seconds, SECONDS),
    ]
