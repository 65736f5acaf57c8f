"""Says how far a read of the whole trail is."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

Progress = Callable[[int, int], None]  # is called with the records that were read, and how many there are
EVERY = 200  # records between two calls


def nothing(done: int, total: int) -> None:
    """For those who need no progress."""


def told(records: Iterable[T], total: int, progress: Progress) -> Iterator[T]:
    """The same records; `progress` is called before the first, after each EVERY of them, and at the end."""
    progress(0, total)
    number = 0
    for number, record in enumerate(records, 1):
        yield record
        if number % EVERY == 0:
            progress(min(number, total), total)
    progress(min(number, total), total)
