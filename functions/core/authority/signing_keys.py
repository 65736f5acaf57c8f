"""The keys that are valid for signed tokens at this moment."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import overload

from functions.core.platform.platform import ReadSecret
from functions.core.platform.secret_values import labelled
from functions.core.platform.times import Clock


@dataclass(frozen=True)
class SigningKeys(Sequence[str]):
    """The keys in the secret named `secret` that are valid now, the newest first.

    An iteration that reaches the end looks at the secret again: a verifier that has just started mints with a new key
    while only the old ones are cached here. Raises ConfigurationError if the secret cannot be read.
    """

    secret: str
    read: ReadSecret
    clock: Clock

    def __iter__(self) -> Iterator[str]:
        known = self._valid()
        yield from known
        yield from (key for key in self._valid(refresh=True) if key not in known)

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> list[str]: ...

    def __getitem__(self, index: int | slice) -> str | list[str]:
        return self._valid()[index]

    def __len__(self) -> int:
        return len(self._valid())

    def _valid(self, refresh: bool = False) -> list[str]:
        return list(labelled(self.read(self.secret, refresh), self.clock()).values())
