"""One part of the benchmarks, for a separate process."""

import importlib
from collections.abc import Sequence

from bench.checks import Check


def measured(module: str) -> Sequence[Check]:
    """Run one part, which prints its figures, and return its checks."""
    return importlib.import_module(f"bench.{module}").run() or ()
