"""An event bus with its rules, as EventBridge matches them."""

import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Pattern = Mapping[str, Any]


@dataclass(frozen=True)
class Rule:
    """What matches `pattern` goes to the queue `target`."""

    pattern: Pattern
    target: str


class Bus:
    """The EventBridge client of every function; `send(queue, body)` delivers to a target."""

    def __init__(self, rules: Sequence[Rule], send: Callable[[str, str], None]) -> None:
        self.published: list[dict[str, Any]] = []
        self._rules = rules
        self._send = send
        self._numbers = itertools.count()

    def put_events(self, Entries: Sequence[Mapping[str, str]]) -> dict[str, Any]:
        """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html"""
        for entry in Entries:
            detail = json.loads(entry["Detail"])
            envelope = {"source": entry["Source"], "detail-type": entry["DetailType"], "detail": detail}
            self.published.append(detail)
            body = json.dumps({"version": "0", "id": f"bus-{next(self._numbers)}", **envelope})
            for rule in self._rules:
                if matches(rule.pattern, envelope):
                    self._send(rule.target, body)
        return {"FailedEntryCount": 0, "Entries": [{} for _ in Entries]}


def matches(pattern: Pattern, event: Mapping[str, Any]) -> bool:
    """Whether `event` matches an event pattern of exact values, prefixes and `$or`.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html. Raises ValueError for any other
    kind of matching, rather than to match too much or too little.
    """
    others = {name: wanted for name, wanted in pattern.items() if name != "$or"}
    if "$or" in pattern and not any(matches(one, event) for one in pattern["$or"]):
        return False
    return all(name in event and _fits(wanted, event[name]) for name, wanted in others.items())


def _fits(wanted: Any, value: Any) -> bool:
    if isinstance(wanted, Mapping):
        return isinstance(value, Mapping) and matches(wanted, value)
    values = value if isinstance(value, list) else [value]
    return any(_is(one, found) for one in wanted for found in values)


def _is(wanted: Any, value: Any) -> bool:
    if not isinstance(wanted, Mapping):
        return bool(wanted == value)
    if set(wanted) != {"prefix"}:
        raise ValueError(f"an event pattern with {wanted}")
    return isinstance(value, str) and value.startswith(wanted["prefix"])
