"""Fakes of a clock and of AWS clients."""

import json
from collections.abc import Callable
from typing import Any

NOW = 1_790_000_100.0


class Clock:
    """A clock that tests set, in unix seconds."""

    now = NOW

    def __call__(self) -> float:
        return self.now


class AuditQueue:
    """Takes what an Audit sends, after `before`; while `refuses` is set it raises that instead."""

    def __init__(self) -> None:
        self.batches: list[list[dict[str, Any]]] = []
        self.refuses: Exception | None = None
        self.before: Callable[[], object] = lambda: None

    def __call__(self, body: str) -> None:
        self.before()
        if self.refuses:
            raise self.refuses
        self.batches.append(json.loads(body))

    @property
    def records(self) -> list[dict[str, Any]]:
        return [record for batch in self.batches for record in batch]

    @property
    def kinds(self) -> list[str]:
        return [record["kind"] for record in self.records]


class EventBridge:
    """An EventBridge client that keeps what was put; `refuses` is an error to raise, or a code for every entry."""

    def __init__(self) -> None:
        self.batches: list[list[dict[str, str]]] = []
        self.refuses: Exception | str | None = None

    def put_events(self, Entries: list[dict[str, str]]) -> dict[str, Any]:
        if isinstance(self.refuses, Exception):
            raise self.refuses
        if self.refuses:
            return {"FailedEntryCount": len(Entries), "Entries": [{"ErrorCode": self.refuses} for _ in Entries]}
        self.batches.append(Entries)
        return {"FailedEntryCount": 0, "Entries": [{"EventId": str(number)} for number, _ in enumerate(Entries)]}

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(entry["Detail"]) for batch in self.batches for entry in batch]

    @property
    def types(self) -> list[str]:
        return [event["type"] for event in self.events]


class Sqs:
    """An SQS client that keeps every call, by its method's name."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def __getattr__(self, method: str) -> Callable[..., dict[str, Any]]:
        def call(**arguments: Any) -> dict[str, Any]:
            self.calls.append((method, arguments))
            return {}

        return call

    def of(self, method: str) -> list[dict[str, Any]]:
        return [arguments for name, arguments in self.calls if name == method]

    @property
    def audited(self) -> list[dict[str, Any]]:
        """The records that went to an audit queue, which is a standard queue with groups."""
        return [
            record for call in self.of("send_message") if _is_audit(call) for record in json.loads(call["MessageBody"])
        ]

    @property
    def sent(self) -> list[dict[str, Any]]:
        """The messages that went to other queues."""
        return [call for call in self.of("send_message") if not _is_audit(call)]


def _is_audit(call: dict[str, Any]) -> bool:
    return "MessageGroupId" in call and "MessageDeduplicationId" not in call


class Repeating:
    """A DynamoDB client whose answers get lost, so that the SDK makes each call twice."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if not name.endswith("_item"):  # a transaction has a token, by which AWS recognizes the second call
            return found

        def twice(**arguments: Any) -> Any:
            found(**arguments)
            return found(**arguments)

        return twice
