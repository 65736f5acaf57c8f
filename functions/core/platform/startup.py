"""Keeps Python's garbage collector out of a cold start.

Imported first, it disables the collector while modules load, which allocate much and free nothing. `done` enables it
again and exempts everything that was loaded. `make bench` measures what that saves.
"""

import gc

gc.disable()


def done() -> None:
    """Enable the collector; it ignores everything that exists now."""
    gc.freeze()
    gc.enable()
