"""The request of an agent to a connector. The agent writes all of it, so all of it is checked."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from functions.core.authority import vouchers
from functions.core.manifests.connector import LONGEST_ARGUMENTS
from functions.core.platform.errors import PermanentError

KINDS = {"operation": str, "arguments": dict, "event": str, "causation": str, "correlation": str, "grant": str}
LONGEST = {"operation": 100, "event": 1024, "causation": 1024, "correlation": 1024, "grant": 16_000}  # bytes
FARTHEST_DEADLINE = 1e12  # arithmetic with smaller numbers is exact enough; NaN is refused too


@dataclass(frozen=True)
class Request:
    """An invocation of a connector: the operation, and the event that the agent handles, with its grant.

    `causation` is the id of the event's parent, "" if it has none or the agent does not send it. `deadline` is in unix
    seconds. With `proposal`, nothing is done: the answer is what a person would have to approve. `vouchers` are what
    connectors signed in answers to earlier calls of the same invocation.
    """

    operation: str
    arguments: Mapping[str, Any]
    event: str
    correlation: str
    grant: str
    deadline: float
    causation: str = ""
    proposal: bool = False
    vouchers: Sequence[str] = ()

    @classmethod
    def read(cls, payload: Any, longest: int = LONGEST_ARGUMENTS) -> "Request":
        """Read an invocation's payload, whose arguments have up to `longest` characters.

        Raises PermanentError if a field is missing, too long or of another type.
        """
        if not isinstance(payload, dict):
            raise PermanentError("not a request to a connector: it is not an object")
        payload = {"causation": "", **payload}
        wrong = [name for name, kind in KINDS.items() if not isinstance(payload.get(name), kind)]
        deadline = payload.get("deadline")
        if wrong or not _is_deadline(deadline):
            raise PermanentError(f"not a request to a connector: {', '.join(wrong) or 'deadline'} is missing or wrong")
        long = [name for name, most in LONGEST.items() if _bytes(payload[name]) > most]
        if long or _length(payload["arguments"]) > longest:
            raise PermanentError(f"not a request to a connector: {', '.join(long) or 'arguments'} is too long")
        if not _are_vouchers(held := payload.get("vouchers", [])):
            raise PermanentError("not a request to a connector: vouchers is wrong, or too long")
        fields = {name: payload[name] for name in KINDS}
        proposal = payload.get("proposal") is True
        return cls(**fields, deadline=float(payload["deadline"]), proposal=proposal, vouchers=tuple(held))


def _is_deadline(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) < FARTHEST_DEADLINE


def _are_vouchers(value: Any) -> bool:
    few = isinstance(value, list) and len(value) <= vouchers.MOST
    return few and all(isinstance(one, str) and _bytes(one) <= vouchers.LONGEST for one in value)


def _bytes(text: str) -> float:
    try:
        return len(text.encode())
    except UnicodeEncodeError:  # half of a surrogate pair: no key takes it, and the refusal could not be recorded
        return math.inf


def _length(arguments: Mapping[str, Any]) -> float:
    try:
        return len(json.dumps(arguments))
    except RecursionError:  # nested too deeply to be written again
        return math.inf
