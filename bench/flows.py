"""The flows of the demo as a load on the local stack: each flow's deliveries one by one, then a hundred at once.

A tenth of the hundred are sent twice, and each provider answers some requests with 500. `acted` counts the hundred and
their copies that led to an effect: a call that rang too long meanwhile leads to none. FLOWS="calls leads" limits it to
these flows. The emulator runs on this machine too, so the latencies are of both.
"""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from statistics import quantiles
from typing import Any

from bench.checks import Check, show

ROOT = Path(__file__).parent.parent
PYTHON = ROOT / ".venv/bin/python"  # the other packages are those of `make bench`
LEFT_OUT = ("STRIPE_API_KEY", "PYTHONPATH", "VIRTUAL_ENV")


def run() -> list[Check]:
    """Measure, print, and return the checks."""
    print(f"\nmilliseconds from a delivery to its last effect\n\n  {'':12}{'one by one':>20}{'a hundred at once':>20}")
    columns = ["p50", "p95", "p50", "p95", "acted", "sent", "copies", "lost", "doubled"]
    print(f"  {'flow':12}{''.join(f'{name:>10}' for name in columns)}")
    checks = []
    for one in _played():
        alone, many = _percentiles(one["alone"]), _percentiles(one["many"])
        counted = [len(one["many"]), *(one[name] for name in ("sent", "duplicates", "lost", "duplicate_effects"))]
        times = "".join(f"{ms:10.0f}" for ms in (*alone, *many))
        print(f"  {one['flow']:12}{times}{''.join(f'{count:10}' for count in counted)}", flush=True)
        checks += [
            Check(f"deliveries of {one['flow']} that are lost", one["lost"], 0),
            Check(f"effects of {one['flow']} that happened twice", one["duplicate_effects"], 0),
        ]
        if one["within_ms"]:
            checks.append(Check(f"milliseconds at p95 of {one['flow']}, one by one", alone[1], one["within_ms"]))
    show(checks)
    return checks


def _played() -> Iterator[dict[str, Any]]:
    environment = {name: value for name, value in os.environ.items() if name not in LEFT_OUT}
    words = [str(PYTHON), "-m", "hookline.demo.load", *os.environ.get("FLOWS", "").split()]
    with subprocess.Popen(words, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own command
        for line in process.stdout or ():
            if line.startswith("{"):
                yield json.loads(line)
    if process.returncode:
        raise RuntimeError(f"the load ended with exit code {process.returncode}")


def _percentiles(latencies: list[float]) -> tuple[float, float]:
    """The 50th and the 95th percentile, 0 without any."""
    if len(latencies) < 2:
        return (latencies or [0.0])[0], (latencies or [0.0])[0]
    cuts = quantiles(latencies, n=20, method="inclusive")
    return cuts[9], cuts[18]
