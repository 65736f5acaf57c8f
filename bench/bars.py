"""The bars: what a figure may be at most, and whether it is."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Bar:
    """One promise: the ratio `what` came out as `figure` and may be at most `limit`."""

    what: str
    figure: float
    limit: float

    @property
    def met(self) -> bool:
        return self.figure <= self.limit

    def __str__(self) -> str:
        return f"{'met' if self.met else 'NOT met':>9}  {self.figure:6.2f} of at most {self.limit:.2f}  {self.what}"


def show(bars: Sequence[Bar]) -> None:
    """Print the bars of one part."""
    print("\n  bars")
    for bar in bars:
        print(bar)
