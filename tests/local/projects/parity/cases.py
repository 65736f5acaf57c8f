"""The cases of the parity test, and what of their audit records is compared."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

FUNCTIONS = Path(__file__).parent / "functions"
PROBER = FUNCTIONS / "agents"

# `others` is no channel of the sandbox: only what stops before the provider goes there.
BOUND = {"alerts": "slack:channel/C0SANDBOX01", "others": "slack:channel/C0OTHERS1"}

# The title of a pull request, and what becomes of it: messages in the channel, and the refusal's kind.
CASES: Mapping[str, tuple[int, str]] = {
    "post": (1, ""),
    "foreign entity": (0, "Denied"),
    "undeclared operation": (0, "Denied"),
    "undeclared event": (0, "Denied"),
    "a secret": (0, "Denied"),
    "twice": (1, "Denied"),
    "over budget": (1, "BudgetExceeded"),
    "ask a person": (0, ""),
}

# Differs from run to run: ids, and the hashes in them.
_VARIES = re.compile(r"\b(ch|cus|prv|evt)_\w+|\b[0-9a-f]{12,64}\b|\d+(\.\d+)? s\b|\blink:\w+|\barn:aws:\S+")
ANNOUNCED = ("service.reviews", "review.opened")
Step = tuple[str, ...]


def steps(records: Iterable[Mapping[str, Any]]) -> list[Step]:
    """What the records say, without what differs from run to run, sorted.

    Left out are two things that depend on which other agents are deployed: the context service's records, which in the
    kit works only for an agent that reads timelines, and the announcement of a review to an agent that tells people.
    """
    found = (
        tuple(
            _VARIES.sub("…", one[name]) for name in ("identity", "kind", "action", "decision", "reason", "destination")
        )
        + tuple(one["policies"])
        for one in records
        if one["identity"] != "service.context" and (one["identity"], one["action"]) != ANNOUNCED
    )
    return sorted(found)
