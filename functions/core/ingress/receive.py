"""A verifier: it verifies a delivery, reads its events, publishes each once, and answers the provider."""

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Protocol

from botocore.exceptions import BotoCoreError, ClientError

from functions.core.audit.records import Audit
from functions.core.events.event import Event
from functions.core.ingress.addresses import Networks, block_of
from functions.core.ingress.bodies import Bodies
from functions.core.ingress.builder import EventBuilder
from functions.core.ingress.delivery import Delivery, Handshake
from functions.core.ingress.outbox import Outbox
from functions.core.ingress.reading import raw_events
from functions.core.ingress.signatures import verify as signatures
from functions.core.ingress.signatures.verify import VerifiedDelivery
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
        body, headers, signed_id = self.bodies.quarantined(key)
        verified = VerifiedDelivery(signed_id, signed_id is not None, None, 0)
        new = self.outbox.publish(self._events(body, headers, verified), "redriven")
        self.audit.flush()
        self.bodies.drop(key)
        return new

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
        try:
            events = self._events(delivery.body, delivery.headers, verified)
            new = self.outbox.publish(events, f"signed with secret {label}")
        except (UnreadableBody, PermanentError) as error:  # the latter for an event that the bus never takes
            self._quarantine(delivery, verified, str(error))
            raise UnreadableBody(str(error)) from None
        return Answer(200, "" if new or not events else "Duplicate")

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
        networks = self.networks()
        if networks is not None and not any(ip_address(delivery.address) in network for network in networks):
            raise AddressNotAllowed(f"{delivery.address} is not an address of {manifest.name}")

    def _verify(self, delivery: Delivery, secrets: Mapping[str, str]) -> tuple[VerifiedDelivery, str]:
        try:
            return self._signed_with(secrets, delivery)
        except SignatureMismatch:
            # Perhaps it is signed with a secret that was set meanwhile: a rotation then takes effect at once.
            fresh = self.secrets(refresh=True)
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

    def _quarantine(self, delivery: Delivery, verified: VerifiedDelivery, reason: str) -> None:
        needed = self._needed_to_read(delivery.headers)
        signed_id = verified.delivery_id if verified.delivery_id_signed else None
        where = self.bodies.quarantine(self.builder.manifest.name, delivery.body, needed, signed_id, reason)
        self.audit.record("kept", resource=where, reason=reason, digests={"body": digest(delivery.body)})

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
        paths = [path for paths in self.builder.manifest.reading.type for path in paths.split("|")]
        of_type = [path.removeprefix("header:") for path in paths if path.startswith("header:")]
        names = ["content-type", "content-encoding", *of_type]
        return {name: headers[name] for name in names if name in headers}

    def _events(self, body: bytes, headers: Mapping[str, str], verified: VerifiedDelivery) -> list[Event]:
        manifest = self.builder.manifest
        read = raw_events(self._unpacked(body, headers), headers, manifest.reading, manifest.pings)
        real = [raw_event for raw_event in read if raw_event.raw_type not in manifest.pings]
        if len(real) < len(read):
            self.audit.record("handshake", decision="ping")
        return self.builder.events(real, verified, body, self.grant_key(), self.clock())
