"""Retries a call to a provider within the event's deadline, so that a brief failure does not return the event."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from functions.core.gate.outbound import SHORTEST_CALL, FailureReplayed, OutcomeUnknown, Unwell
from functions.core.platform.errors import CircuitOpen, ConfigurationError, PermanentError, RetryableError
from functions.core.platform.times import Clock

T = TypeVar("T")

# Attempts of one call. Fewer than the failures that open a circuit: one request that always fails must not block all
# others by itself.
TRIES = 2
FIRST = 1.0  # seconds, at most, before the second attempt; they double with each attempt


@dataclass(frozen=True)
class Retry:
    """Retries calls; `clock` and `sleep` are in seconds, `jitter` returns numbers from 0 to 1."""

    clock: Clock
    sleep: Callable[[float], None]
    jitter: Callable[[], float]

    def call(self, attempt: Callable[[], T], safe: bool, ends: float, also: tuple[type[RetryableError], ...] = ()) -> T:
        """Return what `attempt` returns; retry it after a RetryableError if that is `safe` and there is time.

        A retry after an error of the kinds `also` is safe in any case.

        Waits for the error's `retry_after`, otherwise with exponential backoff and jitter. `ends` is the deadline on
        `clock`. Raises what the last attempt raised, but an earlier OutcomeUnknown takes precedence: that attempt may
        have acted, whatever the last one proves about itself.
        """
        doubt: OutcomeUnknown | None = None
        number = 0
        while True:
            number += 1
            try:
                return attempt()
            except (ConfigurationError, PermanentError):
                if doubt:  # this attempt was refused; an earlier one may have acted
                    raise doubt from None
                raise
            except RetryableError as error:
                doubt = error if isinstance(error, OutcomeUnknown) else doubt
                wait = self._wait(number, error.retry_after)
                late = self.clock() + wait + SHORTEST_CALL > ends
                if not (safe or isinstance(error, also)) or number == TRIES or _hopeless(error) or late:
                    raise doubt or error from None
            self.sleep(wait)

    def _wait(self, number: int, retry_after: float | None) -> float:
        return retry_after if retry_after is not None else self.jitter() * FIRST * 2 ** (number - 1)


def _hopeless(error: RetryableError) -> bool:
    """Whether another attempt would be blocked by the circuit, or get the same failure again."""
    return isinstance(error, CircuitOpen | FailureReplayed) or (isinstance(error, Unwell) and error.probe)
