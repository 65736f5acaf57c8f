"""Errors that the operator can fix."""


class OperatorError(Exception):
    """A command cannot do its work; the message says why, and what to do."""
