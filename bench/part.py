"""One part of the bench, in a process of its own."""

import importlib
from collections.abc import Sequence

from bench.bars import Bar


def measured(module: str) -> Sequence[Bar]:
    """Run one part, which prints its figures, and return its bars."""
    return importlib.import_module(f"bench.{module}").run() or ()
