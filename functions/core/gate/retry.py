"""Repeats a call to a provider while the event's time lasts: a moment's failure need not send an event back."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from functions.core.gate.outbound import SHORTEST_CALL, FailureReplayed, OutcomeUnknown, Unwell
from functions.core.platform.errors import CircuitOpen, PermanentError, RetryableError
from functions.core.platform.times import Clock

T = TypeVar("T")

# Fewer than the failures that open a circuit: a single request that the provider always fails must not close the way
# to all others by itself.
TRIES = 2
FIRST = 1.0  # seconds that the wait before a second try lasts at most; they double with each try


@dataclass(frozen=True)
class Retry:
    """Where its time comes from; `jitter` gives numbers from 0 to 1."""

    clock: Clock = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.random

    def call(self, attempt: Callable[[], T], safe: bool, ends: float) -> T:
        """Return what `attempt` returns, tried again after a RetryableError where that is `safe` and ends in time.

        It waits as long as it was told, else a random part of a time that doubles. `ends` is on its clock. Raises what
        the last attempt raised; but where an earlier one may have acted and the last one only shows that it did not
        itself, be it refused for good, raises the earlier OutcomeUnknown.
        """
        doubt: OutcomeUnknown | None = None
        number = 0
        while True:
            number += 1
            try:
                return attempt()
            except PermanentError:
                if doubt:  # a refusal of this try says nothing of what the one before did
                    raise doubt from None
                raise
            except RetryableError as error:
                doubt = error if isinstance(error, OutcomeUnknown) else doubt
                wait = self._wait(number, error.retry_after)
                late = self.clock() + wait + SHORTEST_CALL > ends
                if not safe or number == TRIES or _hopeless(error) or late:
                    raise doubt or error from None
            self.sleep(wait)

    def _wait(self, number: int, told: float | None) -> float:
        return told if told is not None else self.jitter() * FIRST * 2 ** (number - 1)


def _hopeless(error: RetryableError) -> bool:
    """Whether another try would not be let through, or would get the same failure again."""
    return isinstance(error, CircuitOpen | FailureReplayed) or (isinstance(error, Unwell) and error.probe)
