"""The proof of each pattern, in the module of its name."""

import importlib
from collections.abc import Sequence
from typing import Protocol, cast

from hookline.testing.workflows.planted import Off, Planted
from hookline.testing.workflows.watch import Case


class Proof(Protocol):
    """What such a module has."""

    # Declarations to explore whole, small enough for it.
    CASES: Sequence[Case]
    # One that is too large for that: random runs of it are watched.
    LARGE: Case
    # Members that fail as planned, at least one for each guard.
    PLANTED: Sequence[Planted]
    # Each guard switched off, which the exploration must find.
    OFF: Sequence[Off]


def proof_of(pattern: str) -> Proof:
    """The proof of a pattern. Raises ModuleNotFoundError if it has none."""
    return cast(Proof, importlib.import_module(f"{__name__}.{pattern}"))
