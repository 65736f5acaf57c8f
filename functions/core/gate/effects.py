"""Performing an effect whose outcome may get lost: found out at the provider before anything is repeated."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from functions.core.gate.outbound import FailureReplayed
from functions.core.manifest import ConnectorManifest, Operation

# A provider that keeps a failure under an idempotency key would answer with it for a day. So many keys are tried.
MOST_KEYS = 3


class Performer(Protocol):
    """Does an operation for real: the provider's API, or a table of ours."""

    def call(self, operation: Operation, arguments: Mapping[str, Any], key: str | None, seconds: float) -> Any: ...


def perform(
    performer: Performer,
    connector: ConnectorManifest,
    operation: Operation,
    arguments: Mapping[str, Any],
    key: str,
    left: Callable[[], float],
) -> Any:
    """Perform the effect once, however often it has been tried under the ledger's `key`; `left` are the seconds left.

    Raises what the performer raises. A failure that the provider kept under the key is final: the effect is looked for,
    and only where it is not there is it tried under the next key.
    """
    marked = {**arguments, operation.mark: key} if operation.mark else arguments
    keys = (
        [key, *(f"{key}-{number}" for number in range(2, MOST_KEYS + 1))] if operation.idempotency == "key" else [None]
    )
    *before, last = keys
    for tried in before:
        try:
            return performer.call(operation, marked, tried, left())
        except FailureReplayed:
            if operation.read_back is None:
                raise
            if (found := look(performer, connector, operation, arguments, key, left)) is not None:
                return found
    return performer.call(operation, marked, last, left())


def look(
    performer: Performer,
    connector: ConnectorManifest,
    operation: Operation,
    arguments: Mapping[str, Any],
    key: str,
    left: Callable[[], float],
) -> Any | None:
    """Read back whether the effect has happened: what shows it, or None where it has not.

    Raises RetryableError where the provider does not tell: then nothing may be repeated yet.
    """
    back = operation.read_back
    if back is None:
        return None
    read = connector.read(back)
    answer = performer.call(read, {name: arguments[name] for name in read.parameters}, None, left())
    items = [answer] if back.items is None else at(answer, back.items)
    known = {**arguments, "key": key}
    proof = {path: _filled(value, known) for path, value in back.proof.items()}
    shown = (item for item in items or () if all(at(item, path) == value for path, value in proof.items()))
    return next(shown, None)


def _filled(value: Any, known: Mapping[str, Any]) -> Any:
    return value.format(**known) if isinstance(value, str) else value


def at(value: Any, path: str) -> Any:
    """What lies at a dotted path, None where nothing does."""
    for name in path.split(".") if path else ():
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
