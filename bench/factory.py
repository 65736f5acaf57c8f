"""What reviews of pull requests cost, and the local stack with them: of 30 files one by one, then a hundred at once.

The emulator runs on this machine too, so the seconds are of both; AWS will differ. PULLS=20 makes the hundred twenty.
"""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

from bench.checks import Check, show

ROOT = Path(__file__).parent.parent
PYTHON = ROOT / ".venv/bin/python"  # the other packages are those of `make bench`
LEFT_OUT = ("STRIPE_API_KEY", "PYTHONPATH", "VIRTUAL_ENV")
SECONDS, SHARE = 10.0, 1.3
REVIEWS = {"small": "three small, at once", "thirty": "one of 30 files"}


def run() -> list[Check]:
    """Measure, print, and return the checks."""
    costs(_measured("bench.factory_cost"))
    return figures(_measured("bench.factory_load"))


def costs(measured: Mapping[str, Any]) -> None:
    """Print what a thousand reviews cost, by service."""
    services = sorted({name for one in measured.values() for name in one["by_service"]})
    print("\nUS dollars for a thousand reviews, without the design reviewer's model\n")
    print(f"  {'':24}" + "".join(f"{name:>12}" for name in ("all", *services)))
    for name, one in measured.items():
        usd = (one["usd_per_million"], *(one["by_service"].get(service, 0) for service in services))
        print(f"  {REVIEWS[name]:24}" + "".join(f"{part / 1000:12.3f}" for part in usd))


def figures(measured: Mapping[str, Any]) -> list[Check]:
    """Print the figures, and return the checks."""
    alone = measured["alone"]
    whole, together, slowest = (median(one[name] for one in alone) for name in ("whole", "together", "slowest"))
    share = median(one["together"] / one["slowest"] for one in alone)
    print(f"\nreviews of pull requests on the local stack; seconds, medians of {len(alone)} of 30 files\n")
    print(f"  {'from the delivery to the last effect':42}{whole:8.2f}")
    print(f"  {'of all reviewers, from the first to the last':42}{together:8.2f}")
    print(f"  {'of the slowest reviewer':42}{slowest:8.2f}")
    accepted, once, faulty = (measured[name] for name in ("accepted", "reviewed_once", "with_faults"))
    print(f"\n  {measured['at_once']} at once, in {measured['seconds']:.0f} seconds: {accepted} accepted, ", end="")
    print(f"{once} reviewed once; {faulty} have a fault, {measured['reviews']} a review")
    missing = measured["at_once"] - measured["reviewed_once"]
    checks = [
        Check("seconds from the delivery to the last effect, 30 files", whole, SECONDS),
        Check("seconds of all reviewers ÷ those of the slowest", share, SHARE),
        Check(f"of {measured['at_once']} pull requests at once, without exactly one review", missing, 0),
        Check("effects that happened twice", measured["duplicate_effects"], 0),
    ]
    show(checks)
    return checks


def _measured(module: str) -> Any:
    environment = {name: value for name, value in os.environ.items() if name not in LEFT_OUT}
    words = [str(PYTHON), "-m", module]
    done = subprocess.run(words, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603 - our own command
    if done.returncode:
        raise RuntimeError(f"{module} ended with exit code {done.returncode}")
    return json.loads(done.stdout.splitlines()[-1])
