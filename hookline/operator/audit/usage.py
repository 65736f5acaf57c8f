"""What the trail says that model calls used: it must agree with what the budgets count."""

from collections.abc import Iterable, Mapping
from typing import Any

from functions.core.gate.budgets import AMOUNTS

ENDED = ("read", "settled")  # the records that end a reservation


def recorded_usage(records: Iterable[Mapping[str, Any]], correlation: str) -> dict[str, dict[str, int]]:
    """By connector, the amounts that the records of a tree charge it with.

    A reservation without a record of its end is charged as a whole: its connector died.
    """
    charged: dict[tuple[str, str], Mapping[str, int]] = {}
    for record in records:
        kind, _, connector = record["identity"].partition(".")
        reservation = record.get("digests", {}).get("reservation")
        # An agent writes its own records: what it says of reservations counts for nothing.
        if kind != "connector" or not reservation or record["correlation"] != correlation:
            continue
        key = (connector, reservation)
        if record["kind"] in ENDED or key not in charged:
            charged[key] = record["usage"]
    found: dict[str, dict[str, int]] = {}
    for (connector, _), usage in charged.items():
        total = found.setdefault(connector, dict.fromkeys(AMOUNTS, 0))
        for what in AMOUNTS:
            total[what] += usage.get(what, 0)
    return found
