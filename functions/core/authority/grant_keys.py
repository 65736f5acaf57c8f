"""The keys that a grant may be signed with at this moment."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import overload

from functions.core.platform import aws
from functions.core.platform.secret_values import labelled


@dataclass(frozen=True)
class GrantKeys(Sequence[str]):
    """The keys in the secret named `secret` that count now, the newest first.

    Who goes through all of them without finding the one that signed makes us look at Secrets Manager again, at most
    every `aws.LOOK_AGAIN_SECONDS`: a verifier that has just started mints with a new key while we still hold the old
    ones in memory. Raises ConfigurationError where the secret cannot be read.
    """

    secret: str

    def __iter__(self) -> Iterator[str]:
        known = self._counting()
        yield from known
        yield from (key for key in self._counting(look_again=True) if key not in known)

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> list[str]: ...

    def __getitem__(self, index: int | slice) -> str | list[str]:
        return self._counting()[index]

    def __len__(self) -> int:
        return len(self._counting())

    def _counting(self, look_again: bool = False) -> list[str]:
        return list(labelled(aws.secret(self.secret, look_again), time.time()).values())
