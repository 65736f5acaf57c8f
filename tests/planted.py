"""Agents in a folder of the tests, importable as if they were in functions/agents."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import functions.agents
from functions.core.gate import policy


@contextmanager
def planted(folder: Path) -> Iterator[None]:
    """Let `folder`, which holds folders of agents, be a second functions/agents."""
    before = list(functions.agents.__path__)
    functions.agents.__path__.append(str(folder))
    try:
        yield
    finally:
        functions.agents.__path__[:] = before
        for path in folder.iterdir():
            for name in [one for one in sys.modules if one.startswith(f"functions.agents.{path.name}")]:
                del sys.modules[name]
        policy.policy_of.cache_clear()
