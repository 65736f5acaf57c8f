"""Errors that the operator can fix."""

from collections.abc import Iterable

from hookline.validation.findings import hint


class OperatorError(Exception):
    """A command cannot do its work; the message says why, and what to do."""


class UnknownName(OperatorError):
    """The operator named something that does not exist; the message names the nearest names that do.

    The command exits with code 2, as for any other wrong argument.
    """

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        super().__init__(f"there is no {kind} {name!r}{hint(name, known)}")


class UnknownId(UnknownName):
    """The operator named an id that does not exist; the message names the command that lists them."""

    def __init__(self, kind: str, id: str, lists: str) -> None:
        OperatorError.__init__(self, f"there is no {kind} {id}; '{lists}' lists them")
