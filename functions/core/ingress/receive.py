"""A verifier: it verifies a delivery, reads its events, publishes each once, and answers the provider."""

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from typing import Any, Protocol
from urllib.parse import quote

from botocore.exceptions import BotoCoreError, ClientError

from functions.core.audit.records import Audit
from functions.core.events.event import Event
from functions.core.ingress.addresses import Networks, block_of
from functions.core.ingress.bodies import Bodies, Quarantined
from functions.core.ingress.builder import EventBuilder
from functions.core.ingress.delivery import Delivery, Handshake, Unreadable
from functions.core.ingress.outbox import Outbox
from functions.core.ingress.reading import items_of, list_of
from functions.core.ingress.signatures import verify as signatures
from functions.core.ingress.signatures.verify import VerifiedDelivery
from functions.core.manifests.identity import DeliveryId
from functions.core.platform.canonical import digest
from functions.core.platform.errors import (
    AddressNotAllowed,
    BodyTooLarge,
    ConfigurationError,
    PermanentError,
    RetryableError,
    SignatureMismatch,
    UnknownEncoding,
    UnreadableBody,
    WebhookRejected,
)
from functions.core.platform.log import log
from functions.core.platform.secret_values import VERIFY_TOKEN
from functions.core.platform.times import Clock


@dataclass(frozen=True)
class Answer:
    """The response to the provider: a status, and a body that is one word or a handshake's."""

    status: int
    body: str = ""
    content_type: str = "text/plain"
    verified: bool = field(default=True, compare=False)


class Handshakes(Protocol):
    """A source's handshake.py; `SIGNED` is True if the provider signs its handshake request."""

    SIGNED: bool

    def answer(self, delivery: Delivery, secrets: Mapping[str, str]) -> Handshake | None: ...


class SecretSource(Protocol):
    """Returns a source's secrets by their labels."""

    def __call__(self, refresh: bool = False) -> Mapping[str, str]: ...


@dataclass(frozen=True)
class Verifier:
    """The verifier of one source.

    `secrets` returns its secrets by their labels (`refresh`: not from memory), `grant_key` the key that grants are
    minted with, `networks` the networks that deliveries may come from (None: any).
    """

    builder: EventBuilder
    handshakes: Handshakes | None
    secrets: SecretSource
    grant_key: Callable[[], str]
    networks: Callable[[], Networks | None]
    bodies: Bodies
    outbox: Outbox
    audit: Audit
    clock: Clock

    def receive(self, delivery: Delivery) -> Answer:
        """Answer a delivery: 200 only if its events are on the bus, are spilled, or were published before.

        A bad delivery gets a 4xx; a failure on our side is a 503, after which the provider retries.
        """
        identity, before = self.builder.manifest.identity, self.audit.waiting
        try:
            answer = self._answer(delivery)
        except (RetryableError, ConfigurationError, ClientError, BotoCoreError) as error:
            log.error("cannot take deliveries", identity=identity, reason=str(error))
            answer = Answer(503, "TryAgain")
        try:
            self.audit.flush()
        except RetryableError as error:
            log.error("cannot send audit records", identity=identity, reason=str(error))
            if answer.verified:
                return Answer(503, "TryAgain")
            # A flood of forgeries must not make genuine deliveries fail: what was refused is in the log, and counted.
            self.audit.discard(before)
        return answer

    def redrive(self, key: str) -> int:
        """Read a quarantined delivery again and publish its events; returns how many are new.

        Its signature was verified when it was received. Raises UnreadableBody if it still cannot be read.
        """
        kept = self.bodies.quarantined(key)
        signed = kept.signed_id is not None
        verified = VerifiedDelivery(kept.signed_id if signed else kept.delivery_id, signed, None, 0)
        # An operator who redrives what was taken for a copy says that it is none.
        id = f"{kept.copy_of}/copy/{quote(kept.delivery_id or '')}" if kept.copy_of else ""
        items = self._items(kept.body, kept.headers, verified, id)
        for item in items:
            if isinstance(item, Unreadable):
                raise UnreadableBody(item.reason)
        events = [item for item in items if isinstance(item, Event)]
        published = self.outbox.publish(events, "redriven")
        self.audit.flush()
        if published.never:
            raise PermanentError(published.never[0][1])
        self.bodies.drop(key)
        return published.new

    def _answer(self, delivery: Delivery) -> Answer:
        try:
            verified = self._verified(delivery)
        except WebhookRejected as error:
            return self._refuse(delivery, error, verified=False)
        if isinstance(verified, Handshake):
            self.audit.record("handshake", decision="answered")
            return Answer(200, verified.body, verified.content_type)
        try:
            return self._take(delivery, *verified)
        except WebhookRejected as error:
            return self._refuse(delivery, error, verified=True)

    def _verified(self, delivery: Delivery) -> tuple[VerifiedDelivery, str] | Handshake:
        """The verified delivery and the label of its secret, or the answer to a handshake."""
        self._check_envelope(delivery)
        secrets = self.secrets()
        if self.handshakes and not self.handshakes.SIGNED and (handshake := self.handshakes.answer(delivery, secrets)):
            return handshake
        verified = self._verify(delivery, secrets)
        if self.handshakes and self.handshakes.SIGNED and (handshake := self.handshakes.answer(delivery, secrets)):
            return handshake
        return verified

    def _take(self, delivery: Delivery, verified: VerifiedDelivery, label: str) -> Answer:
        why = f"signed with secret {label}"
        try:
            items = self._items(delivery.body, delivery.headers, verified)
            events = [item for item in items if isinstance(item, Event)]
            bad = [item for item in items if isinstance(item, Unreadable)]
            if bad and not events:
                raise UnreadableBody(bad[0].reason)
            published = self.outbox.publish(events, why, self._unvouched(verified))
            if published.never and len(items) == 1:
                raise UnreadableBody(published.never[0][1])
        except UnreadableBody as error:
            self._quarantine(delivery, verified, str(error))
            raise
        never = [Unreadable((event.raw or {}).get("body"), reason) for event, reason in published.never]
        for reason, items_of_it in _by_reason([*bad, *never]).items():
            part = replace(delivery, body=list_of(items_of_it, self.builder.manifest.reading))
            self._quarantine(part, verified, reason, packed=False)
        if published.doubtful:
            self._keep_copy(delivery, verified, published.doubtful[0])
        copies = events and not published.new and not published.never
        return Answer(200, "Duplicate" if copies else "")

    def _unvouched(self, verified: VerifiedDelivery) -> str:
        """The delivery id that is not a part of the events' ids, "" if there is none."""
        vouched = verified.delivery_id_signed or isinstance(self.builder.manifest.reading.identity, DeliveryId)
        return "" if vouched else verified.delivery_id or ""

    def _refuse(self, delivery: Delivery, error: WebhookRejected, verified: bool) -> Answer:
        # A body over the limit is not hashed. Nothing but the digest of a refused delivery can be trusted.
        digests = {} if isinstance(error, BodyTooLarge) else {"body": digest(delivery.body)}
        block = block_of(delivery.address)
        self.audit.record("rejected", decision=error.reason, resource=block, digests=digests)
        return Answer(error.status, error.reason, verified=verified)

    def _check_envelope(self, delivery: Delivery) -> None:
        """Refuse what can be refused before the body is read."""
        manifest = self.builder.manifest
        if len(delivery.body) > manifest.max_bytes:
            raise BodyTooLarge(f"{len(delivery.body)} bytes, {manifest.max_bytes} are accepted")
        if delivery.changed:
            raise UnknownEncoding(
                "compressed JSON, which the gateway hands over as text: application/octet-stream is whole"
            )
        networks = self.networks()
        if networks is not None and not any(ip_address(delivery.address) in network for network in networks):
            raise AddressNotAllowed(f"{delivery.address} is not an address of {manifest.name}")

    def _verify(self, delivery: Delivery, secrets: Mapping[str, str]) -> tuple[VerifiedDelivery, str]:
        try:
            return self._signed_with(secrets, delivery)
        except SignatureMismatch:
            # Perhaps it is signed with a secret that was set meanwhile: a rotation then takes effect at once.
            try:
                fresh = self.secrets(refresh=True)
            except RetryableError:
                # Looked at a moment ago. A forgery must not become a failure of ours: `hookline secrets rotate` says
                # from when on the provider may use the new secret.
                fresh = secrets
            if fresh == secrets:
                raise
            return self._signed_with(fresh, delivery)

    def _signed_with(self, secrets: Mapping[str, str], delivery: Delivery) -> tuple[VerifiedDelivery, str]:
        signing = {label: secret for label, secret in secrets.items() if label != VERIFY_TOKEN}
        tolerance = self.builder.manifest.tolerance
        verified = signatures.verify(
            self.builder.manifest.signature,
            method=delivery.method,
            url=delivery.url,
            headers=delivery.headers,
            body=delivery.body,
            secrets=list(signing.values()),
            now=self.clock(),
            tolerance=signatures.DEFAULT if tolerance is None else tolerance,
        )
        return verified, list(signing)[verified.secret_index]

    def _quarantine(self, delivery: Delivery, verified: VerifiedDelivery, reason: str, packed: bool = True) -> None:
        """Keep a delivery that cannot be read; one that is not `packed` is a part of it, and is JSON."""
        where = self.bodies.quarantine(
            self.builder.manifest.name, self._kept(delivery, verified, reason, packed=packed)
        )
        self.audit.record("kept", resource=where, reason=reason, digests={"body": digest(delivery.body)})

    def _keep_copy(self, delivery: Delivery, verified: VerifiedDelivery, event: Event) -> None:
        """Keep what was taken for a copy of `event`: nothing vouches for its delivery id, which is another one."""
        reason = f"taken for a copy of {event.id}, but its delivery id is another one"
        kept = self._kept(delivery, verified, reason, copy_of=event.id)
        where = self.bodies.quarantine(self.builder.manifest.name, kept, "copy-")
        log.warning("took a delivery for a copy although its delivery id differs", event=event.id, kept=where)
        about = {"event": event.id, "correlation": event.correlationid, "action": event.type}
        self.audit.record("doubted", resource=where, reason=reason, digests={"body": digest(delivery.body)}, **about)

    def _kept(
        self, delivery: Delivery, verified: VerifiedDelivery, reason: str, copy_of: str = "", packed: bool = True
    ) -> Quarantined:
        needed = self._needed_to_read(delivery.headers)
        if not packed:
            needed = {name: value for name, value in needed.items() if name not in ("content-encoding", "content-type")}
        matters = copy_of or isinstance(self.builder.manifest.reading.identity, DeliveryId)
        return Quarantined(
            reason=reason,
            headers=needed,
            signed_id=verified.delivery_id if verified.delivery_id_signed else None,
            body=delivery.body,
            delivery_id=verified.delivery_id if matters and not verified.delivery_id_signed else None,
            copy_of=copy_of,
        )

    def _unpacked(self, body: bytes, headers: Mapping[str, str]) -> bytes:
        """The decompressed body; it may not exceed the source's limit."""
        encoding = headers.get("content-encoding", "identity").strip().lower()
        if encoding in ("", "identity"):
            return body
        if encoding != "gzip":
            raise UnknownEncoding(f"content-encoding {encoding[:40]!r}")
        cap = self.builder.manifest.max_bytes
        decompressor = zlib.decompressobj(wbits=31)  # 16 + the largest window: gzip's format
        try:
            unpacked = decompressor.decompress(body, cap + 1)
        except zlib.error:
            raise UnreadableBody("the body is not the gzip that it says it is") from None
        if len(unpacked) > cap:
            raise BodyTooLarge(f"unpacked more than {cap} bytes")
        if not decompressor.eof or decompressor.unused_data:
            raise UnreadableBody("the gzip is not one whole member")
        return unpacked

    def _needed_to_read(self, headers: Mapping[str, str]) -> dict[str, str]:
        """The headers that are needed to read a body again; those that sign or authorize are never stored."""
        names = ["content-type", "content-encoding", *self.builder.manifest.reading.unsigned_headers]
        return {name: headers[name] for name in names if name in headers}

    def _items(
        self, body: bytes, headers: Mapping[str, str], verified: VerifiedDelivery, id: str = ""
    ) -> list[Event | Unreadable]:
        """The delivery's events. Of a body that is no list, what cannot be read raises UnreadableBody."""
        manifest = self.builder.manifest
        read = items_of(self._unpacked(body, headers), headers, manifest.reading, manifest.pings)
        real = [item for item in read if isinstance(item, Unreadable) or item.raw_type not in manifest.pings]
        if len(real) < len(read):
            self.audit.record("handshake", decision="ping")
        now = self.clock()

        def first(id: str, window: int) -> int:
            return self.outbox.claims.first(id, window, now)

        return self.builder.read(real, verified, body, self.grant_key(), now, first, id)


def _by_reason(items: Sequence[Unreadable]) -> dict[str, list[Any]]:
    """The items by their reason, in order."""
    found: dict[str, list[Any]] = {}
    for item in items:
        found.setdefault(item.reason, []).append(item.item)
    return found
