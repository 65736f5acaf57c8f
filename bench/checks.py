"""Checks figures against their limits."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """A measured figure, `what` it is, and its upper limit."""

    what: str
    figure: float
    limit: float

    @property
    def met(self) -> bool:
        """Whether the figure is within its limit."""
        return self.figure <= self.limit

    def __str__(self) -> str:
        return f"{'met' if self.met else 'NOT met':>9}  {self.figure:6.2f} of at most {self.limit:.2f}  {self.what}"


def show(checks: Sequence[Check]) -> None:
    """Print the checks of one part."""
    print("\n  limits")
    for one in checks:
        print(one)
