"""Publishing on the event bus."""

from collections.abc import Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.core.events.event import Event
from functions.core.platform.errors import RetryableError

ENTRIES = 10  # the limit of events:PutEvents
MAX_EVENT_BYTES = 1_000_000  # the limit of an entry, and of an SQS message


class Bus:
    """The bus `name`, through an EventBridge client."""

    def __init__(self, events: Any, name: str) -> None:
        self._events = events
        self._name = name

    def publish(self, events: Sequence[Event]) -> None:
        """Publish all of `events`. Raises RetryableError if one was refused; EventBridge may have taken the others."""
        entries = [event.to_entry(self._name) for event in events]
        for start in range(0, len(entries), ENTRIES):
            self._put(entries[start : start + ENTRIES])

    def _put(self, entries: Sequence[dict[str, str]]) -> None:
        try:
            answer = self._events.put_events(Entries=entries)
        except (ClientError, BotoCoreError) as error:
            raise RetryableError(f"the bus refused: {error}") from error
        # PutEvents also answers 200 if it took none of them.
        if answer["FailedEntryCount"]:
            codes = sorted({entry["ErrorCode"] for entry in answer["Entries"] if "ErrorCode" in entry})
            raise RetryableError(f"the bus refused {answer['FailedEntryCount']} events: {', '.join(codes)}")
