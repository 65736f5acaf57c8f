"""Publishes an event on the bus once, or spills it to a queue from which it is published later."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from botocore.exceptions import BotoCoreError, ClientError

from functions.core.audit.records import Audit
from functions.core.events.bus import Bus
from functions.core.events.event import Event
from functions.core.ingress.bodies import Bodies
from functions.core.ingress.claims import Claim, Claims
from functions.core.platform.canonical import compact, digest
from functions.core.platform.errors import DeliveryInFlight, PermanentError, RetryableError
from functions.core.platform.times import Clock

# A larger raw body goes to the bodies bucket, so that the event stays well below the limit of the bus.
RAW_LIMIT = 256 * 1024  # bytes of UTF-8 as JSON
BATCH = 10  # events that are published before they are settled: a failure repeats at most so many records


@dataclass(frozen=True)
class Spill:
    """The queue for events while the bus refuses them; one message group for each source keeps their order."""

    sqs: Any
    queue_url: str

    def put(self, event: Event) -> None:
        """Store `event` until it can be published. Raises RetryableError if the queue refuses it too."""
        entry = event.to_entry("")
        # The detail is an object here: as text inside of JSON it would be escaped again, and outgrow the queue.
        names = {name: entry[name] for name in ("Source", "DetailType")}
        body = f'{json.dumps(names)[:-1]}, "Detail": {entry["Detail"]}}}'
        try:
            self.sqs.send_message(
                QueueUrl=self.queue_url,
                MessageBody=body,
                MessageGroupId=event.source,
                MessageDeduplicationId=digest(event.id),
            )
        except (ClientError, BotoCoreError) as error:
            raise RetryableError(f"the spill queue refused: {error}") from error


@dataclass(frozen=True)
class Published:
    """How many events were new. `doubtful` were taken for copies although another delivery id came with them.

    `never` are those that the bus never takes, each with the reason.
    """

    new: int = 0
    doubtful: tuple[Event, ...] = ()
    never: tuple[tuple[Event, str], ...] = ()

    def __add__(self, other: "Published") -> "Published":
        return Published(self.new + other.new, self.doubtful + other.doubtful, self.never + other.never)


@dataclass(frozen=True)
class Outbox:
    """Publishes each event once: it is claimed, published or spilled, recorded, and only then marked as published.

    A verifier that dies in between leaves a claim that expires, and one that cannot record releases it. The provider's
    next attempt then publishes the same event again, and its record, both under the same id.
    """

    claims: Claims
    bodies: Bodies
    bus: Bus
    spill: Spill
    audit: Audit
    clock: Clock
    permanent_claims: bool = False

    def publish(self, events: Sequence[Event], why: str, delivery: str = "", decision: str = "verified") -> Published:
        """Publish those of `events` that were not published. `why` and `decision` go to the audit trail.

        `delivery` is an id of the delivery that nothing vouches for. Raises DeliveryInFlight while another copy is in
        flight, and RetryableError if the bus and the spill queue refuse an event, or the audit queue its record. Then
        the provider's next attempt continues with that event.
        """
        batches = [events[at : at + BATCH] for at in range(0, len(events), BATCH)]
        return sum((self._publish_batch(batch, why, delivery, decision) for batch in batches), Published())

    def _publish_batch(self, events: Sequence[Event], why: str, delivery: str, decision: str) -> Published:
        sent: list[Event] = []
        doubtful: list[Event] = []
        never: list[tuple[Event, str]] = []
        seen: set[str] = set()
        try:
            for event in events:
                if event.id in seen:  # twice in one delivery: its claim is this batch's own
                    self._record("duplicate", event)
                    continue
                seen.add(event.id)
                claim = self._claimed(event, delivery)
                if claim.state == "claimed":
                    try:
                        self._publish(event, why, decision)
                    except PermanentError as error:
                        never.append((event, str(error)))
                    else:
                        sent.append(event)
                elif delivery and claim.delivery and claim.delivery != delivery:
                    doubtful.append(event)
        finally:
            self._settle(sent)
        return Published(len(sent), tuple(doubtful), tuple(never))

    def _settle(self, sent: Sequence[Event]) -> None:
        """Mark `sent` as published, once their records are in the audit queue."""
        settle = self.claims.release
        try:
            if sent:
                self.audit.flush()
                settle = self.claims.published
        finally:
            for event in sent:
                settle(event.id)

    def _claimed(self, event: Event, delivery: str) -> Claim:
        claim = self.claims.claim(event.id, self.clock(), self.permanent_claims, delivery)
        if claim.state == "in flight":
            raise DeliveryInFlight(f"{event.id} is being published")
        if claim.state == "published":
            self._record("duplicate", event)
        return claim

    def _publish(self, event: Event, why: str, decision: str) -> None:
        try:
            kind = self._send(self._within_limit(event))
        except BaseException:
            self.claims.release(event.id)
            raise
        self._record(kind, event, id=f"{kind}/{digest(event.id.encode())}", decision=decision, reason=why)

    def _send(self, event: Event) -> Literal["published", "spilled"]:
        try:
            self.bus.publish([event])
        except RetryableError:
            self.spill.put(event)
            return "spilled"
        return "published"

    def _within_limit(self, event: Event) -> Event:
        if event.raw is None or len(compact(event.raw["body"]).encode()) <= RAW_LIMIT:
            return event
        return replace(event, raw={"type": event.raw["type"], "ref": self.bodies.keep(event.id, event.raw["body"])})

    def _record(self, kind: str, event: Event, **what: Any) -> None:
        about = {"event": event.id, "correlation": event.correlationid, "resource": event.subject}
        self.audit.record(kind, action=event.type, **about, **what)
