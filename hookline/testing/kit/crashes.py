"""Crashes that a test plans: the process dies once, at a call that the test names.

It is never the context service, which projects events after the agent's work.
"""

from collections.abc import Callable

from hookline.operator.errors import OperatorError
from hookline.simulation import declared
from hookline.testing.kit.answers import Calling


class Crashes:
    """At most one planned crash; `calling` returns the operation that a connector performs now."""

    def __init__(self) -> None:
        self.calling: Callable[[], Calling | None] = lambda: None
        self._fault = ""
        self._at: str | int = ""
        self._from = 0

    def plan(self, before: str | int, after: str | int) -> None:
        """Plan a crash. Raises OperatorError unless one place is given."""
        if (before == "") == (after == ""):
            raise OperatorError(
                "crash() takes before=… or after=…: an operation, a part of a call's label, or a number"
            )
        self._fault = "dies before" if before != "" else "dies after"
        self._at = before if before != "" else after

    def count_from(self, made: int) -> None:
        """Count calls from here; `made` were made so far."""
        self._from = made

    @property
    def planned(self) -> str:
        """The crash that has not happened yet, "" if there is none."""
        return f"{self._fault.removeprefix('dies ')} {self._at}" if self._fault else ""

    def next(self, number: int, label: str) -> str:
        """The fault of the call with this number and label; a crash happens once."""
        if not self._fault or label.startswith(declared.CONTEXT) or not self._is_here(number - self._from, label):
            return ""
        fault, self._fault = self._fault, ""
        return fault

    def _is_here(self, number: int, label: str) -> bool:
        if isinstance(self._at, int):
            return number == self._at
        calling = self.calling()
        return self._at in label or (calling is not None and ": provider " in label and calling.name == self._at)
