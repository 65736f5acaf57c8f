"""Whether a package's name looks like that of a well-known one without being it. Pure."""

import re
from functools import lru_cache

from functions.agents.dependency_reviewer.known import WELL_KNOWN

SHORTEST = 6  # letters; most short words have a real neighbour


def lookalike(ecosystem: str, key: str) -> str:
    """The well-known name that `key` (normalized) is one slip away from, "" without one."""
    known = WELL_KNOWN.get(ecosystem, frozenset())
    name = key.rpartition("/")[2] if ecosystem == "npm" and not key.startswith("@") else key
    if name in known or name.startswith("@") or len(name) < SHORTEST:
        return ""
    bare = _bare(name)
    for other in sorted(known):
        if len(other) >= SHORTEST and (bare == _bare(other) or _one_slip(name, other)):
            return other
    return ""


@lru_cache(maxsize=4_096)
def _bare(name: str) -> str:
    return re.sub(r"[-_.]", "", name)


def _one_slip(one: str, other: str) -> bool:
    """Whether one letter is missing, too much, another one or swapped with its neighbour.

    A digit at the end ("boto3") and a plural are how real names differ.
    """
    if abs(len(one) - len(other)) > 1:
        return False
    start = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    a, b = one[start:], other[start:]
    if len(one) == len(other):
        if a[1:] == b[1:]:
            return not (a[:1].isdigit() or b[:1].isdigit())
        return len(a) > 1 and a[0] == b[1] and a[1] == b[0] and a[2:] == b[2:]
    longer, shorter = (a, b) if len(a) > len(b) else (b, a)
    at_end = len(longer) == 1
    return longer[1:] == shorter and not (
        at_end and (longer.isdigit() or (longer == "s" and min(one, other, key=len)[-1:] != "s"))
    )
