"""Performs an effect whose outcome can get lost: it is read back at the provider before it is retried."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from functions.core.gate.authority import for_same_tenant
from functions.core.manifests.connector import ConnectorManifest
from functions.core.manifests.operation import KEY, Operation
from functions.core.platform.errors import RetryableError
from functions.core.platform.paths import at

# A provider may replay a failure for an idempotency key for a day, so this many keys are tried.
MOST_KEYS = 3


class Performer(Protocol):
    """Performs operations: with a provider's API, or with a table."""

    def call(self, operation: Operation, arguments: Mapping[str, Any], key: str | None, seconds: float) -> Any: ...


def perform(
    performer: Performer, operation: Operation, arguments: Mapping[str, Any], key: str, number: int, seconds: float
) -> Any:
    """Perform the effect of the ledger's `key`, with the `number`th (from 1) of its idempotency keys.

    Raises what the performer raises.
    """
    marked = {**arguments, **_keyed(operation.sends, key)}
    sent = None if operation.idempotency != "key" else key if number == 1 else f"{key}-{number}"
    return performer.call(operation, marked, sent, seconds)


def _keyed(value: Any, key: str) -> Any:
    """`value` with the ledger's key wherever {key} stands in it."""
    if isinstance(value, str):
        return value.replace(KEY, key)
    if isinstance(value, Mapping):
        return {name: _keyed(item, key) for name, item in value.items()}
    return [_keyed(item, key) for item in value] if isinstance(value, list | tuple) else value


def next_key(operation: Operation, number: int) -> int:
    """The number of the idempotency key to try after the provider replayed a failure for the `number`th.

    The same again if there is no other, or no read-back that would show that the failed call acted after all.
    """
    return min(number + 1, MOST_KEYS) if operation.read_back else number


def read_back(
    performer: Performer,
    connector: ConnectorManifest,
    operation: Operation,
    arguments: Mapping[str, Any],
    key: str,
    left: Callable[[], float],
) -> Any | None:
    """Read back whether the effect has happened: the item that proves it, or None if it has not happened.

    Raises RetryableError if the provider does not answer, or with something that proves neither: then nothing may be
    retried yet.
    """
    back = operation.read_back
    if back is None:
        return None
    read = for_same_tenant(connector, operation, connector.read(back))
    answer = performer.call(read, {name: arguments[name] for name in read.parameters}, None, left())
    items = [answer] if back.items is None else at(answer, back.items)
    if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
        raise RetryableError(f"{operation.name}: the read-back {read.name} cannot be read")
    known = {**arguments, "key": key}
    proof = {path: _filled(value, known) for path, value in back.proof.items()}
    found = next((item for item in items if all(at(item, path) == value for path, value in proof.items())), None)
    if found is None and read.paging and not answer["complete"]:
        raise RetryableError(f"{operation.name}: the read-back {read.name} has more pages than are read")
    return found


def _filled(value: Any, known: Mapping[str, Any]) -> Any:
    return value.format(**known) if isinstance(value, str) else value
