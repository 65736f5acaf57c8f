"""What a verifier does with a delivery: check, claim, publish, answer."""

import ipaddress
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from functions.core import grants, signatures
from functions.core.audit import Audit, Clock, digest, rfc3339
from functions.core.bus import Bus
from functions.core.delivery import Happening, Translation
from functions.core.errors import (
    AddressNotAllowed,
    BodyTooLarge,
    ConfigurationError,
    DeliveryInFlight,
    PermanentError,
    RetryableError,
    UnreadableBody,
    WebhookRejected,
)
from functions.core.event import Event
from functions.core.log import log
from functions.core.manifest import SourceManifest
from functions.services.verifier.bodies import Bodies
from functions.services.verifier.claims import Claims

# A raw body over this goes to the bodies bucket, so that the event stays under the bus's limit with room to spare.
RAW_LIMIT = 256 * 1024


@dataclass(frozen=True)
class Delivery:
    """One HTTP request of a provider; `body` is byte for byte what was sent, `address` who sent it."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    address: str


@dataclass(frozen=True)
class Answer:
    """What the provider gets: a status and at most one word."""

    status: int
    word: str = ""


class Translator(Protocol):
    """A source's translate.py."""

    def happenings(self, body: bytes, headers: Mapping[str, str]) -> list[Happening]: ...

    def translate(self, happening: Happening) -> Translation | None: ...


class Verifier:
    """The receiver of one source. `secrets` gives its signing secrets by their labels, `grant_key` the minting key."""

    def __init__(
        self,
        manifest: SourceManifest,
        translator: Translator,
        check: Callable[[str, Mapping[str, Any]], dict[str, Any]],
        schema: Callable[[str], str],
        secrets: Callable[[], Mapping[str, str]],
        grant_key: Callable[[], str],
        claims: Claims,
        bodies: Bodies,
        bus: Bus,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._manifest = manifest
        self._translator = translator
        self._check = check
        self._schema = schema
        self._secrets = secrets
        self._grant_key = grant_key
        self._claims = claims
        self._bodies = bodies
        self._bus = bus
        self._audit = audit
        self._clock = clock
        self._networks = [ipaddress.ip_network(block) for block in manifest.addresses]

    def receive(self, delivery: Delivery) -> Answer:
        """Answer a delivery: 200 only when its events are on the bus, or were already.

        A delivery that is at fault gets a 4xx; what fails on our side is a 503, after which it will come again.
        """
        try:
            answer = self._answer(delivery)
            self._audit.flush()
        except (RetryableError, ConfigurationError, ClientError, BotoCoreError) as error:
            log.error("%s cannot take deliveries: %s", self._manifest.identity, error)
            return Answer(503, "TryAgain")
        return answer

    def _answer(self, delivery: Delivery) -> Answer:
        try:
            return self._take(delivery)
        except WebhookRejected as error:
            # An oversized body is not worth hashing; nothing else about a refused delivery can be trusted.
            digests = {} if isinstance(error, BodyTooLarge) else {"body": digest(delivery.body)}
            self._audit.record("rejected", decision=error.reason, digests=digests)
            return Answer(error.status, error.reason)

    def _take(self, delivery: Delivery) -> Answer:
        now = self._clock()
        self._check_envelope(delivery)
        secrets = self._secrets()
        verified = signatures.verify(
            self._manifest.name,
            method=delivery.method,
            url=delivery.url,
            headers=delivery.headers,
            body=delivery.body,
            secrets=list(secrets.values()),
            now=now,
            **({"tolerance": self._manifest.tolerance} if self._manifest.tolerance is not None else {}),
        )
        label = list(secrets)[verified.secret_index]
        events = self._read(delivery, now)
        published = [self._publish_once(event, label, now) for event in events]
        return Answer(200, "" if any(published) else "Duplicate")

    def _check_envelope(self, delivery: Delivery) -> None:
        """What can be refused before a byte of the body is looked at."""
        if len(delivery.body) > self._manifest.max_bytes:
            raise BodyTooLarge(f"{len(delivery.body)} bytes, {self._manifest.max_bytes} are taken")
        if self._networks and not any(ipaddress.ip_address(delivery.address) in block for block in self._networks):
            raise AddressNotAllowed(f"{delivery.address} is not an address of {self._manifest.name}")

    def _read(self, delivery: Delivery, now: float) -> Sequence[Event]:
        try:
            happenings = self._translator.happenings(delivery.body, delivery.headers)
            return [self._event(happening, now) for happening in happenings]
        except (UnreadableBody, PermanentError) as error:
            where = self._bodies.set_aside(self._manifest.name, delivery.body, str(error))
            self._audit.record("kept", resource=where, reason=str(error), digests={"body": digest(delivery.body)})
            raise UnreadableBody(str(error)) from None

    def _event(self, happening: Happening, now: float) -> Event:
        source = self._manifest.name
        id = f"{source}:{happening.id}"
        translation = self._translator.translate(happening) or Translation(
            type=f"{source}.unmapped", subject=id, entities=[], data={"raw_type": happening.raw_type}
        )
        received = rfc3339(now)
        grant = grants.Grant(id, id, frozenset(translation.entities), int(now) + grants.LIFETIME)
        return Event(
            id=id,
            source=self._manifest.identity,
            type=translation.type,
            subject=translation.subject,
            time=happening.time or received,
            receivedat=received,
            entities=list(translation.entities),
            correlationid=id,
            grant=grants.mint(grant, self._grant_key()),
            data=self._check(translation.type, translation.data),
            dataschema=self._schema(translation.type),
            raw={"type": happening.raw_type, "body": happening.body},
        )

    def _publish_once(self, event: Event, label: str, now: float) -> bool:
        what = {"event": event.id, "correlation": event.correlationid, "resource": event.subject, "action": event.type}
        state = self._claims.claim(event.id, now)
        if state == "in flight":
            raise DeliveryInFlight(f"{event.id} is being published")
        if state == "published":
            self._audit.record("duplicate", **what)
            return False
        try:
            self._bus.publish([self._fitting(event)])
        except Exception:
            self._claims.release(event.id)
            raise
        self._claims.published(event.id)
        self._audit.record("published", decision="verified", reason=f"signed with secret {label}", **what)
        return True

    def _fitting(self, event: Event) -> Event:
        """The event, its raw body moved to the bodies bucket where it is too large to travel."""
        size = len(json.dumps(event.raw["body"], ensure_ascii=False).encode())
        if size <= RAW_LIMIT:
            return event
        return replace(event, raw={"type": event.raw["type"], "ref": self._bodies.keep(event.id, event.raw["body"])})
