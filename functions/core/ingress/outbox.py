"""Gets an event onto the bus once, or keeps it where it will get there."""

import json
from dataclasses import dataclass, replace
from typing import Any, Literal

from botocore.exceptions import BotoCoreError, ClientError

from functions.core.audit.records import Audit
from functions.core.events.bus import Bus
from functions.core.events.event import Event
from functions.core.ingress.bodies import Bodies
from functions.core.ingress.claims import Claims
from functions.core.platform.canonical import digest
from functions.core.platform.errors import DeliveryInFlight, RetryableError
from functions.core.platform.times import Clock

# A raw body over this goes to the bodies bucket: with room to spare, the event stays under the bus' limit.
RAW_LIMIT = 256 * 1024


@dataclass(frozen=True)
class Spill:
    """The queue that takes events while the bus takes none; a group for each source keeps their order."""

    sqs: Any
    queue_url: str

    def put(self, event: Event) -> None:
        """Keep `event` until it can be published. Raises RetryableError where the queue refuses too."""
        entry = event.to_entry("")
        try:
            self.sqs.send_message(
                QueueUrl=self.queue_url,
                MessageBody=json.dumps(entry),
                MessageGroupId=event.source,
                MessageDeduplicationId=digest(event.id),
            )
        except (ClientError, BotoCoreError) as error:
            raise RetryableError(f"the spill queue refused: {error}") from error


@dataclass(frozen=True)
class Outbox:
    """Publishes each event once: claimed first, published or spilled, and only then marked as such."""

    claims: Claims
    bodies: Bodies
    bus: Bus
    spill: Spill
    audit: Audit
    clock: Clock
    claims_for_good: bool = False

    def publish_once(self, event: Event, why: str) -> bool:
        """Whether `event` was new. `why` goes to the audit trail.

        Raises DeliveryInFlight while another copy is under way, and RetryableError where neither bus nor spill
        queue takes it; then the claim is released, and the provider's next attempt is not a duplicate.
        """
        state = self.claims.claim(event.id, self.clock(), self.claims_for_good)
        if state == "in flight":
            raise DeliveryInFlight(f"{event.id} is being published")
        if state == "published":
            self._record("duplicate", event)
            return False
        try:
            done = self._send(self._fitting(event))
        except BaseException:
            self.claims.release(event.id)
            raise
        self.claims.published(event.id)
        self._record(done, event, decision="verified", reason=why)
        return True

    def _send(self, event: Event) -> Literal["published", "spilled"]:
        try:
            self.bus.publish([event])
        except RetryableError:
            self.spill.put(event)
            return "spilled"
        return "published"

    def _fitting(self, event: Event) -> Event:
        if event.raw is None or len(json.dumps(event.raw["body"])) <= RAW_LIMIT:
            return event
        return replace(event, raw={"type": event.raw["type"], "ref": self.bodies.keep(event.id, event.raw["body"])})

    def _record(self, kind: str, event: Event, **what: Any) -> None:
        about = {"event": event.id, "correlation": event.correlationid, "resource": event.subject}
        self.audit.record(kind, action=event.type, **about, **what)
