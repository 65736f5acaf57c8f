"""The keys that are valid for signed tokens at this moment."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import overload

from functions.core.platform.errors import RetryableError
from functions.core.platform.platform import ReadSecret
from functions.core.platform.secret_values import labelled
from functions.core.platform.times import Clock


class KeyNotKnownYet(RetryableError):
    """The key that signed a token may be newer than those in memory, and the secret may be read again only later."""


@dataclass(frozen=True)
class SigningKeys(Sequence[str]):
    """The keys in the secret named `secret` that are valid now, the newest first.

    An iteration that reaches the end looks at the secret again: a verifier that has just started mints with a new key
    while only the old ones are cached here. Raises KeyNotKnownYet at that end if the secret was looked at a moment ago
    and may not be again yet, and ConfigurationError if it cannot be read.
    """

    secret: str
    read: ReadSecret
    clock: Clock

    def __iter__(self) -> Iterator[str]:
        known = self._valid()
        yield from known
        try:
            fresh = self._valid(refresh=True)
        except RetryableError as error:
            raise KeyNotKnownYet(f"no key that is known yet signed this: {error}", error.retry_after) from None
        yield from (key for key in fresh if key not in known)

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
