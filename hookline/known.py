"""Finds what an operator named."""

from functions.core.manifest.agent import AgentManifest
from functions.core.manifest.source import SourceManifest
from hookline.errors import OperatorError
from infra.discovery import discover


def agent(name: str) -> AgentManifest:
    """The manifest of an agent. Raises OperatorError, with the names that there are, where there is none."""
    known = discover().agents
    if name not in known:
        raise OperatorError(f"there is no agent {name!r}; there is: {', '.join(known) or 'none yet'}")
    return known[name]


def source(name: str) -> SourceManifest:
    """The manifest of a source. Raises OperatorError, with the names that there are, where there is none."""
    known = discover().sources
    if name not in known:
        raise OperatorError(f"there is no source {name!r}; there is: {', '.join(known)}")
    return known[name]
