"""Publishing on the event bus."""

from collections.abc import Iterator, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.core.events.event import Event
from functions.core.platform.errors import PermanentError, RetryableError

# The limits of events:PutEvents, of which the second is on all entries of a call together.
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
ENTRIES, BYTES = 10, 1_000_000
# The codes of a request that is refused each time.
NEVER_TAKEN = ("ValidationException", "ValidationError")


class Bus:
    """The bus `name`, through an EventBridge client."""

    def __init__(self, events: Any, name: str) -> None:
        self._events = events
        self._name = name

    def publish(self, events: Sequence[Event]) -> None:
        """Publish all of `events`. Raises RetryableError if one was refused; EventBridge may have taken the others.

        Raises PermanentError for an event that EventBridge never takes.
        """
        for batch in _batches([event.to_entry(self._name) for event in events]):
            self._put(batch)

    def _put(self, entries: Sequence[dict[str, str]]) -> None:
        try:
            answer = self._events.put_events(Entries=entries)
        except ClientError as error:
            kind = PermanentError if error.response["Error"]["Code"] in NEVER_TAKEN else RetryableError
            raise kind(f"the bus refused: {error}") from error
        except BotoCoreError as error:
            raise RetryableError(f"the bus refused: {error}") from error
        # PutEvents also answers 200 if it took none of them.
        if answer["FailedEntryCount"]:
            codes = sorted({entry["ErrorCode"] for entry in answer["Entries"] if "ErrorCode" in entry})
            raise RetryableError(f"the bus refused {answer['FailedEntryCount']} events: {', '.join(codes)}")


def _batches(entries: Sequence[dict[str, str]]) -> Iterator[list[dict[str, str]]]:
    """The entries in calls that EventBridge takes; an entry over the limit is in a call of its own, and is refused."""
    batch: list[dict[str, str]] = []
    size = 0
    for entry in entries:
        own = sum(len(entry[name].encode()) for name in ("Source", "DetailType", "Detail"))
        if batch and (len(batch) == ENTRIES or size + own > BYTES):
            yield batch
            batch, size = [], 0
        batch.append(entry)
        size += own
    if batch:
        yield batch
