"""`python -m bench [--check] [verify] [handler] [cold] [gate] [audit]`: all of them unless some are named.

--check ends with 1 where a bar is not met; without it a busy machine fails nothing.
"""

import argparse
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor

from bench.bars import Bar
from bench.part import measured

PARTS = {"verify": "verify", "handler": "handler", "cold": "cold_start", "gate": "gate", "audit": "audit"}


def main() -> int:
    """Run the parts in turn; how each did stands below its figures."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit 1 where a bar is not met")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], metavar="part", help=", ".join(PARTS))
    given = parser.parse_args()
    bars: list[Bar] = []
    for part in given.parts or PARTS:
        # A process each: what one replaces of botocore, or loads, must not be in another's figures.
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as own:
            bars += own.submit(measured, PARTS[part]).result()
    missed = [bar for bar in bars if not bar.met]
    print(f"\n{len(bars) - len(missed)} of {len(bars)} bars met")
    return 1 if given.check and missed else 0


if __name__ == "__main__":
    sys.exit(main())
