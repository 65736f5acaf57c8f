"""What a payment costs on AWS: the figures of `hookline cost`, which are the same in each run.

They come from the project's environment, which has the simulated account that this one lacks.
"""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.checks import Check, show

PYTHON = Path(__file__).parent.parent / ".venv/bin/python"
AUDIT_UNITS = 20.0
DOLLARS = 60.0
IDLE = 10.0


def run() -> list[Check]:
    """Measure, print, and return the checks."""
    command = [str(PYTHON), "-m", "hookline", "cost", "--json"]
    found = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=PYTHON.parents[2]).stdout)  # noqa: S603 - our own command
    measured = checks(found)
    show(measured)
    return measured


def checks(found: Mapping[str, Any]) -> list[Check]:
    """The checks of what `hookline cost --json` prints."""
    alone, million = found["flows"]["alone"], found["flows"]["a million a month"]
    units = sum(
        one["per_payment"] for one in alone["requests"] if (one["unit"], one["purpose"]) == ("dynamodb.write", "audit")
    )
    return [
        Check("DynamoDB write units of the audit trail for one payment alone", units, AUDIT_UNITS),
        Check("US dollars for a million payments in a month", million["usd_per_million"], DOLLARS),
        Check("US dollars for a month without events", found["idle_month"]["usd"], IDLE),
    ]
