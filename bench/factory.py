"""The code review on the local stack: a pull request of 30 files, warm, one by one; then a hundred at once.

The emulator runs on this machine too, so the seconds are of both; AWS will differ. PULLS=20 makes the hundred twenty.
"""

import json
import os
import subprocess
from pathlib import Path
from statistics import median
from typing import Any

from bench.checks import Check, show

ROOT = Path(__file__).parent.parent
PYTHON = ROOT / ".venv/bin/python"  # the other packages are those of `make bench`
LEFT_OUT = ("STRIPE_API_KEY", "PYTHONPATH", "VIRTUAL_ENV")
SECONDS, SHARE = 10.0, 1.3


def run() -> list[Check]:
    """Measure, print, and return the checks."""
    return figures(_measured())


def figures(measured: Any) -> list[Check]:
    """Print the figures, and return the checks."""
    alone = measured["alone"]
    whole, together, slowest = (median(one[name] for one in alone) for name in ("whole", "together", "slowest"))
    share = median(one["together"] / one["slowest"] for one in alone)
    print(f"\nreviews of pull requests on the local stack; seconds, medians of {len(alone)} of 30 files\n")
    print(f"  {'from the delivery to the last effect':42}{whole:8.2f}")
    print(f"  {'of all reviewers, from the first to the last':42}{together:8.2f}")
    print(f"  {'of the slowest reviewer':42}{slowest:8.2f}")
    print(
        f"\n  {measured['at_once']} at once, in {measured['seconds']:.0f} seconds: {measured['accepted']} accepted, ",
        end="",
    )
    print(
        f"{measured['reviewed_once']} reviewed once, {measured['reviews']} reviews of {measured['with_faults']} faulty"
    )
    missing = measured["at_once"] - measured["reviewed_once"]
    checks = [
        Check("seconds from the delivery to the last effect, 30 files", whole, SECONDS),
        Check("seconds of all reviewers ÷ those of the slowest", share, SHARE),
        Check(f"of {measured['at_once']} pull requests at once, without exactly one review", missing, 0),
        Check("effects that happened twice", measured["duplicate_effects"], 0),
    ]
    show(checks)
    return checks


def _measured() -> Any:
    environment = {name: value for name, value in os.environ.items() if name not in LEFT_OUT}
    words = [str(PYTHON), "-m", "bench.factory_load"]
    done = subprocess.run(words, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603 - our own command
    if done.returncode:
        raise RuntimeError(f"the load ended with exit code {done.returncode}")
    return json.loads(done.stdout.splitlines()[-1])
