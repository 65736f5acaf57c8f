"""`python -m bench [--check] [part …]`: runs the parts of PARTS that are named, or all if none is named.

With --check, the exit code is 1 if a limit is exceeded; without it, a busy machine does not fail the run.
"""

import argparse
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor

from bench.checks import Check
from bench.part import measured

PARTS = {
    "verify": "verify",
    "handler": "handler",
    "cold": "cold_start",
    "agents": "agent_start",
    "gate": "gate",
    "models": "models",
    "audit": "audit",
    "cost": "cost",
    "kit": "kit",
    "check": "check",
    "live": "live",
    "flows": "flows",
    "patterns": "patterns",
    "runs": "runs",
    "classify": "classify",
    "reviews": "reviews",
    "console": "console",
    "whatif": "what_if",
    "factory": "factory",
}


def main() -> int:
    """Run the parts one after the other, print their figures, and return the exit code."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit with code 1 if a limit is exceeded")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], metavar="part", help=", ".join(PARTS))
    given = parser.parse_args()
    checks: list[Check] = []
    for part in given.parts or PARTS:
        # One process for each part: its patches of botocore and its imports must not affect the figures of another.
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as own:
            checks += own.submit(measured, PARTS[part]).result()
    missed = [one for one in checks if not one.met]
    print(f"\n{len(checks) - len(missed)} of {len(checks)} limits met")
    return 1 if given.check and missed else 0


if __name__ == "__main__":
    sys.exit(main())
