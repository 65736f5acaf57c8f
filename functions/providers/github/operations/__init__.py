"""GitHub's operations that are more than one request."""

from functions.providers.github.operations.provider import GitHub, performer

__all__ = ["GitHub", "performer"]
