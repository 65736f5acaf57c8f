"""Answers the calls of a run from its record: a call is found by its operation and its redacted arguments."""

import re
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from functions.core.gate.budgets import Spend
from functions.core.gate.metering import Usage
from functions.core.manifests.operation import Operation
from functions.core.manifests.recorded import Recorded
from functions.core.platform.canonical import digest
from functions.core.platform.errors import CircuitOpen, HooklineError, PermanentError, RetryableError
from functions.core.recording.redaction import redacted

# The mark of a block of data depends on the event's grant, which is not recorded.
_MARK = re.compile(r"(\[\[(?:data|end) [^\]\n]{1,200} )[0-9a-f]{16}\]\]")
# What the gate decides before it calls: such a record holds no answer of the provider.
DECIDED = ("Denied", "BudgetExceeded", "ApprovalNeeded")
_KINDS: Mapping[str, type[HooklineError]] = {kind.__name__: kind for kind in (PermanentError, CircuitOpen)}


class Unrecorded(BaseException):
    """The answer to a call is not on record. An agent cannot catch it: what it would do then is unknown."""


def call_digest(arguments: Mapping[str, Any], recorded: Recorded | None) -> str:
    """What a call is found by: the digest of its arguments as they are recorded, without the marks of blocks."""
    return redacted_digest(redacted(dict(arguments), recorded or Recorded()))


def redacted_digest(arguments: Mapping[str, Any]) -> str:
    """As `call_digest`, of arguments that are redacted already."""
    return digest(_unmarked(arguments))


def _unmarked(value: Any) -> Any:
    if isinstance(value, str):
        return _MARK.sub(r"\1*]]", value)
    if isinstance(value, Mapping):
        return {name: _unmarked(item) for name, item in value.items()}
    return [_unmarked(item) for item in value] if isinstance(value, list | tuple) else value


@dataclass
class Served:
    """The recorded calls of one run: those of its last try first, then what earlier tries had asked."""

    calls: Sequence[Mapping[str, Any]] = ()
    since: str = ""
    _waiting: dict[tuple[str, str, str], deque[Mapping[str, Any]]] = field(default_factory=lambda: defaultdict(deque))

    def __post_init__(self) -> None:
        answered = [one for one in self.calls if (one.get("error") or {}).get("kind") not in DECIDED]
        for one in sorted(answered, key=lambda one: (one["at"] < self.since, one["at"])):
            key = (one["connector"], one["operation"], digest(_unmarked(one.get("arguments"))))
            self._waiting[key].append(one)

    def next(self, connector: str, operation: Operation, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """The next recorded call like this one; the last one is for all further ones. Raises Unrecorded if none is."""
        found = self._like(connector, operation, arguments)
        return found.popleft() if len(found) > 1 else found[0]

    def peek(self, connector: str, operation: Operation, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """The call that `next` returns. Raises Unrecorded."""
        return self._like(connector, operation, arguments)[0]

    def _like(self, connector: str, operation: Operation, arguments: Mapping[str, Any]) -> deque[Mapping[str, Any]]:
        given = {name: value for name, value in arguments.items() if name in operation.arguments}
        found = self._waiting.get((connector, operation.name, call_digest(given, operation.recorded)))
        if not found:
            raise Unrecorded(f"the answer of {connector} {operation.name} is not on record")
        return found


class Replayed:
    """A connector's performer, and its meter, that answer from the record of the run `served`."""

    def __init__(self, connector: str) -> None:
        self.served = Served()
        self.asked = ""  # the operation that the agent called
        self._connector = connector
        self._spend = Spend()

    def call(self, operation: Operation, arguments: Mapping[str, Any], key: str | None, seconds: float) -> Any:
        """The recorded answer, or the recorded error. Raises Unrecorded if neither is on record.

        What the gate itself looks up for people to see has no record: it is empty, and nobody sees it here.
        """
        if operation.name != self.asked:
            return {}
        found = self.served.next(self._connector, operation, arguments)
        if error := found.get("error"):
            raise _KINDS.get(str(error.get("kind")), RetryableError)(str(error.get("message")))
        return found.get("answer")

    def most(self, operation: Operation, arguments: Mapping[str, Any], seconds: float) -> Spend:
        """What the recorded call used: budgets are judged by that, not by the most that it could have used."""
        self._spend = _spend(self.served.peek(self._connector, operation, arguments).get("usage") or {})
        return self._spend

    def used(self, operation: Operation, arguments: Mapping[str, Any], answer: Any) -> Usage:
        """What was reserved."""
        return Usage(self._spend)


def _spend(usage: Mapping[str, Any]) -> Spend:
    return Spend(*(int(usage.get(name, 0)) for name in Spend.__dataclass_fields__))
