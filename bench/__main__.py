"""`python -m bench [--check] [verify] [handler] [cold] [gate] [audit]`: all of them unless some are named.

--check ends with 1 where a bar is not met; without it a busy machine fails nothing.
"""

import argparse
import sys

from bench import audit, cold_start, gate, handler, verify

PARTS = {"verify": verify.run, "handler": handler.run, "cold": cold_start.run, "gate": gate.run, "audit": audit.run}


def main() -> int:
    """Run the parts in turn; how each did stands below its figures."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit 1 where a bar is not met")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], metavar="part", help=", ".join(PARTS))
    given = parser.parse_args()
    bars = [bar for part in given.parts or PARTS for bar in PARTS[part]() or ()]
    missed = [bar for bar in bars if not bar.met]
    print(f"\n{len(bars) - len(missed)} of {len(bars)} bars met")
    return 1 if given.check and missed else 0


if __name__ == "__main__":
    sys.exit(main())
