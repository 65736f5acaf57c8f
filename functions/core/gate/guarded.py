"""Calls of a provider through a circuit breaker, retried if a second call is harmless."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, runtime_checkable

from aws_lambda_powertools.utilities.circuit_breaker import CircuitTransition
from aws_lambda_powertools.utilities.circuit_breaker.persistence import CircuitBreakerDynamoDBPersistence

from functions.core.audit.records import Audit
from functions.core.gate.breaker import RECOVERY_SECONDS, Breaker, circuit_name
from functions.core.gate.outbound import Busy, Unreachable
from functions.core.gate.retry import Retry
from functions.core.manifests.connector import ConnectorManifest
from functions.core.manifests.operation import Operation
from functions.core.platform.environment import ConnectorEnvironment
from functions.core.platform.errors import ConfigurationError
from functions.core.platform.platform import Platform

# Idempotency with which a second call has no further effect.
HARMLESS = ("key", "natural")
# Failures of a metered call after which nothing was used.
FREE = (Busy, Unreachable)


@runtime_checkable
class Credentialed(Protocol):
    """Calls the provider, and returns the credential that it presents now."""

    def credential(self) -> str: ...

    def call(self, operation: Operation, arguments: Mapping[str, Any], key: str | None, seconds: float) -> Any: ...


class Guarded:
    """The calls of `provider`, which is behind `connector`; `breaker` returns the circuit of a name."""

    def __init__(self, connector: str, provider: Credentialed, breaker: Callable[[str], Breaker], retry: Retry) -> None:
        self._connector = connector
        self._provider = provider
        self._breaker = breaker
        self._retry = retry

    def call(self, operation: Operation, arguments: Mapping[str, Any], key: str | None, seconds: float) -> Any:
        """Perform `operation` within `seconds`, as the provider does; every attempt goes through the circuit.

        Raises what the provider raises, and CircuitOpen if nothing was sent.
        """
        ends = self._retry.clock() + seconds
        # A model that is down says nothing about the other models of its provider.
        model = f" {arguments[operation.model]}" if operation.model else ""
        breaker = self._breaker(circuit_name(self._connector, self._provider.credential() + model))

        def attempt() -> Any:
            # The time for reading the circuit's state counts too.
            return breaker.call(lambda: self._provider.call(operation, arguments, key, ends - self._retry.clock()))

        # A second metered call could be paid for twice, and only one is reserved.
        safe = (operation.kind == "read" and not operation.metered) or operation.idempotency in HARMLESS
        return self._retry.call(attempt, safe, ends, FREE if operation.metered else ())


def guarded(manifest: ConnectorManifest, platform: Platform, provider: Credentialed, audit: Audit) -> Guarded:
    """`provider` in Lambda, with its circuits in the deployed table; `audit` records when one opens or closes.

    Raises ConfigurationError if the circuits are not configured.
    """
    environment = ConnectorEnvironment.read(platform.environ)
    recovery = environment.recovery_seconds or str(RECOVERY_SECONDS)
    if not environment.breakers_table or not recovery.isdecimal():
        raise ConfigurationError(f"connector {manifest.name} calls a provider but has no circuit breaker")
    states = CircuitBreakerDynamoDBPersistence(environment.breakers_table, boto3_client=platform.client("dynamodb"))

    def moved(move: CircuitTransition) -> None:
        before, after = str(move.from_state).lower(), str(move.to_state).lower()
        audit.record("circuit", decision=after, resource=f"circuit {move.circuit_name}", reason=f"was {before}")

    def breaker(name: str) -> Breaker:
        return Breaker(name, states, int(recovery), moved, platform.clock)

    retry = Retry(platform.monotonic, platform.sleep, platform.random)
    return Guarded(manifest.name, provider, breaker, retry)
