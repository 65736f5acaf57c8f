"""How long a test of an agent takes with the testing kit: the fraud agent's, the most that a shipped agent does.

It runs in the project's environment, which has the simulated account that this one lacks.
"""

import json
import subprocess
from pathlib import Path

from bench.checks import Check, show

PYTHON = Path(__file__).parent.parent / ".venv/bin/python"
ROUNDS = 50
MILLISECONDS = 100.0
# Prints the milliseconds of each test: the first, which imports the functions, and the others.
SCRIPT = """
import contextlib, io, json, sys, time
began = time.perf_counter()
from hookline.testing.kit import event, wake
charge = {"id": "ch_3PExample", "amount": 4200, "currency": "usd", "created": 1790000000, "paid": True}
answers = {"stripe.charge.retrieve": charge, "stripe.review.approve": {"open": False}}
took = []
for _ in range(int(sys.argv[1]) + 1):
    with contextlib.redirect_stdout(io.StringIO()):
        assert wake("fraud", event("payment.succeeded"), answers=answers).types == ["payment.approved"]
    ended = time.perf_counter()
    took.append((ended - began) * 1000)
    began = ended
print(json.dumps(took))
"""


def run() -> list[Check]:
    """Measure, print, and return the checks."""
    command = [str(PYTHON), "-c", SCRIPT, str(ROUNDS)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=PYTHON.parents[2])  # noqa: S603 - our own command
    first, *others = json.loads(done.stdout)
    print(f"  the first test, with the imports: {first:.0f} ms")
    measured = [Check("ms for a test of an agent, after the first", sorted(others)[len(others) // 2], MILLISECONDS)]
    show(measured)
    return measured
