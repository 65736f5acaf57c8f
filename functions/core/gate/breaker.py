"""Circuit breakers: a provider that fails is not called until its circuit is half-open.

There is one circuit per provider and credential, so a rotated credential starts with a closed circuit. Powertools keeps
its state in DynamoDB, where every execution environment sees it; each environment counts failures by itself. If
DynamoDB cannot be read, the circuit counts as closed (docs/outages.md).
"""

import hashlib
from collections.abc import Callable
from typing import Any, TypeVar

from aws_lambda_powertools.utilities.circuit_breaker import (
    CircuitBreakerConfig,
    CircuitBreakerOpenError,
    CircuitState,
    CircuitTransition,
    circuit_breaker,
)
from aws_lambda_powertools.utilities.circuit_breaker.persistence import CircuitBreakerPersistenceLayer

from functions.core.gate.outbound import Busy, FailureReplayed, Refused, Unwell
from functions.core.platform.errors import CircuitOpen
from functions.core.platform.times import Clock

T = TypeVar("T")

THRESHOLD = 3  # failures in a row, in one execution environment
RECOVERY_SECONDS = 30
# A failure that is replayed for an idempotency key says how the provider was, not how it is.
ANSWERS = (Refused, Busy, FailureReplayed)
PROBE_SECONDS = 1.0  # to wait while another call probes the provider


def circuit_name(connector: str, credential: str) -> str:
    """The name of the circuit of a connector's credential; it does not reveal the credential."""
    return f"{connector}:{hashlib.sha256(credential.encode()).hexdigest()[:12]}"


class Breaker:
    """The circuit `name`, open for `recovery` seconds; `moved` is called with each change of its state."""

    def __init__(
        self,
        name: str,
        states: CircuitBreakerPersistenceLayer,
        recovery: int,
        moved: Callable[[CircuitTransition], None],
        clock: Clock,
    ) -> None:
        self._name = name
        self._states = states
        self._recovery = recovery
        self._moved = moved
        self._clock = clock
        # One successful probe closes the circuit; THRESHOLD further failures open it again.
        self._config = CircuitBreakerConfig(
            failure_threshold=THRESHOLD,
            recovery_timeout=recovery,
            success_threshold=1,
            handled_exceptions=Unwell,
        )

    def call(self, function: Callable[[], T]) -> T:
        """Call `function` and return its answer, unless the circuit is open.

        Raises CircuitOpen, with the rest of the recovery time, if nothing was sent; otherwise what `function` raises.
        Unwell counts as a failure, and is marked if it was the circuit's probe. ANSWERS come from the provider, so they
        count as successes; other errors count as neither.
        """
        moves: list[CircuitTransition] = []

        def moved(transition: CircuitTransition) -> None:
            moves.append(transition)
            self._moved(transition)

        def ask() -> tuple[T | None, Exception | None]:
            try:
                return function(), None
            except ANSWERS as answer:
                return None, answer

        guard: Any = circuit_breaker(self._name, self._states, on_transition=moved, config=self._config)
        result: T
        try:
            result, refusal = guard(ask)()
        except CircuitBreakerOpenError as error:
            opened_at = error.circuit.opened_at if error.circuit else None
            raise CircuitOpen(f"circuit {self._name} is open", self._left(opened_at)) from None
        except Unwell as error:
            error.probe = any(move.from_state is CircuitState.HALF_OPEN for move in moves)
            if error.probe:
                error.retry_after = max(error.retry_after or 0.0, float(self._recovery))
            raise
        if refusal:
            raise refusal
        return result

    def _left(self, opened_at: int | None) -> float:
        left = (opened_at or 0) + self._recovery - self._clock()
        return max(PROBE_SECONDS, left)
