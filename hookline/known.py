"""Finds what an operator named."""

from functions.core.manifest import SourceManifest
from hookline.errors import OperatorError
from infra.discovery import discover


def source(name: str) -> SourceManifest:
    """The manifest of a source. Raises OperatorError, with the names that there are, where there is none."""
    known = discover().sources
    if name not in known:
        raise OperatorError(f"there is no source {name!r}; there is: {', '.join(known)}")
    return known[name]
