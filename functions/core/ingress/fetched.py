"""Publishes the events of deliveries that did not arrive: a connector fetched them from the provider's API.

They have no signature. What vouches for them is the connector's credential and TLS to the provider's host, so each
event and its record say which listing returned it.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from botocore.exceptions import BotoCoreError, ClientError

from functions.core.audit.records import Audit
from functions.core.events.event import Event
from functions.core.ingress.builder import EventBuilder
from functions.core.ingress.delivery import RawEvent, Unreadable
from functions.core.ingress.outbox import Outbox
from functions.core.ingress.reading import items_of, list_of
from functions.core.ingress.signatures.verify import VerifiedDelivery
from functions.core.manifests.source import SourceManifest
from functions.core.platform.canonical import digest
from functions.core.platform.errors import (
    BodyTooLarge,
    DeliveryInFlight,
    RetryableError,
    UnreadableBody,
    WebhookRejected,
)
from functions.core.platform.times import Clock

Word = Literal["published", "duplicate", "in flight", "unreadable", "failed"]
RECONCILED = "reconciled"
# Nothing signs it, so only what the body holds identifies its events.
UNSIGNED = VerifiedDelivery(None, False, None, 0)


@dataclass(frozen=True)
class Ingested:
    """What became of one fetched delivery. "duplicate": it arrived meanwhile. `reason` says why it failed."""

    outcome: Word
    reason: str = ""


@dataclass(frozen=True)
class Fetched:
    """Publishes what was fetched, under the ids and claims of the source's verifier: a later webhook is a duplicate."""

    builder: EventBuilder
    outbox: Outbox
    audit: Audit
    clock: Clock
    grant_key: Callable[[], str]

    def ingest(self, bodies: Sequence[Any], by: str) -> list[Ingested]:
        """Publish the event in each of `bodies`, a webhook's body each; `by` is the listing that returned them.

        One that fails stops none of the others. Raises RetryableError if the audit queue takes no records.
        """
        found = [self._one(body, by) for body in bodies]
        self.audit.flush()
        return found

    def _one(self, body: Any, by: str) -> Ingested:
        try:
            events = list(self._events(body, by))
            published = self.outbox.publish(events, f"fetched by {by}: no signature", decision=RECONCILED)
            if published.never:
                raise UnreadableBody(published.never[0][1])
        except DeliveryInFlight as error:
            return Ingested("in flight", str(error))
        except WebhookRejected as error:
            content = digest(body)
            self.audit.record(
                "rejected", decision=error.reason, reason=f"fetched by {by}: {error}", digests={"body": content}
            )
            return Ingested("unreadable", str(error))
        except (RetryableError, ClientError, BotoCoreError) as error:
            return Ingested("failed", str(error))
        return Ingested("published" if published.new else "duplicate")

    def _events(self, body: Any, by: str) -> Iterator[Event]:
        content = content_of(body, self.builder.manifest)
        if len(content) > self.builder.manifest.max_bytes:
            raise BodyTooLarge(f"{len(content)} bytes, {self.builder.manifest.max_bytes} are accepted")
        items = raw_events_of(body, self.builder.manifest)
        for id in self.builder.ids(items):
            if isinstance(id, Unreadable):
                raise UnreadableBody(id.reason)
        real = [item for item in items if isinstance(item, RawEvent)]
        for event in self.builder.events(real, UNSIGNED, content, self.grant_key(), self.clock()):
            yield replace(event, reconciled=by)


def content_of(body: Any, source: SourceManifest) -> bytes:
    """The body of a webhook with this one raw event: in a list, for a source whose deliveries are lists."""
    if source.reading.items is not None:
        return list_of([body], source.reading)
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")


def raw_events_of(body: Mapping[str, Any], source: SourceManifest) -> list[RawEvent | Unreadable]:
    """The raw events in a fetched body, without pings. Raises UnreadableBody."""
    items = items_of(content_of(body, source), {}, source.reading, source.pings)
    return [item for item in items if isinstance(item, Unreadable) or item.raw_type not in source.pings]
