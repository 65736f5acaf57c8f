"""What a verifier does with a delivery: check, read, publish once, answer."""

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Protocol

from botocore.exceptions import BotoCoreError, ClientError

from functions.core.audit.records import Audit
from functions.core.events.event import Event
from functions.core.ingress.addresses import Networks
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
    """What the provider gets: a status, and a body that is one word or what a handshake asks for."""

    status: int
    body: str = ""
    content_type: str = "text/plain"


class Greeter(Protocol):
    """A source's handshake.py; `SIGNED` says whether the provider signs what it asks."""

    SIGNED: bool

    def answer(self, delivery: Delivery, secrets: Mapping[str, str]) -> Handshake | None: ...


class SecretSource(Protocol):
    """Where a source's secrets come from."""

    def __call__(self, look_again: bool = False) -> Mapping[str, str]: ...


@dataclass(frozen=True)
class Verifier:
    """The receiver of one source.

    `secrets` gives its secrets by their labels (`look_again`: not from memory), `grant_key` the key that grants are
    minted with, `networks` where deliveries may come from (None: from anywhere).
    """

    builder: EventBuilder
    greeter: Greeter | None
    secrets: SecretSource
    grant_key: Callable[[], str]
    networks: Callable[[], Networks | None]
    bodies: Bodies
    outbox: Outbox
    audit: Audit
    clock: Clock

    def receive(self, delivery: Delivery) -> Answer:
        """Answer a delivery: 200 only when its events are on the bus, are safely kept, or were there already.

        A delivery that is at fault gets a 4xx; what fails on our side is a 503, after which it will come again.
        """
        identity = self.builder.manifest.identity
        try:
            answer = self._answer(delivery)
        except (RetryableError, ConfigurationError, ClientError, BotoCoreError) as error:
            log.error("cannot take deliveries", identity=identity, reason=str(error))
            return Answer(503, "TryAgain")
        try:
            self.audit.flush()
        except RetryableError as error:
            log.error("cannot send audit records", identity=identity, reason=str(error))
            if answer.status == 200:
                return Answer(503, "TryAgain")
            # A flood of forgeries must not turn genuine deliveries away: what was refused is in the log, and counted.
            self.audit.forget()
        return answer

    def redrive(self, key: str) -> int:
        """Read a body that was set aside once more, and publish what it reports; returns how many events are new.

        Its signature was verified when it came. Raises UnreadableBody where it still cannot be read.
        """
        body, headers, signed_id = self.bodies.set_aside_under(key)
        verified = VerifiedDelivery(signed_id, signed_id is not None, None, 0)
        new = [self.outbox.publish_once(event, "redriven") for event in self._events(body, headers, verified)]
        self.audit.flush()
        self.bodies.drop(key)
        return sum(new)

    def _answer(self, delivery: Delivery) -> Answer:
        try:
            return self._take(delivery)
        except WebhookRejected as error:
            # An oversized body is not worth hashing; nothing else about a refused delivery can be trusted.
            digests = {} if isinstance(error, BodyTooLarge) else {"body": digest(delivery.body)}
            self.audit.record("rejected", decision=error.reason, digests=digests)
            return Answer(error.status, error.reason)

    def _take(self, delivery: Delivery) -> Answer:
        self._check_envelope(delivery)
        secrets = self.secrets()
        if self.greeter and not self.greeter.SIGNED and (asked := self.greeter.answer(delivery, secrets)):
            return self._greet(asked)
        verified, label = self._verify(delivery, secrets)
        if self.greeter and self.greeter.SIGNED and (asked := self.greeter.answer(delivery, secrets)):
            return self._greet(asked)
        try:
            events = self._events(delivery.body, delivery.headers, verified)
        except UnreadableBody as error:
            self._set_aside(delivery, verified, str(error))
            raise UnreadableBody(str(error)) from None
        new = [self.outbox.publish_once(event, f"signed with secret {label}") for event in events]
        return Answer(200, "" if any(new) or not events else "Duplicate")

    def _check_envelope(self, delivery: Delivery) -> None:
        """What can be refused before a byte of the body is looked at."""
        manifest = self.builder.manifest
        if len(delivery.body) > manifest.max_bytes:
            raise BodyTooLarge(f"{len(delivery.body)} bytes, {manifest.max_bytes} are taken")
        networks = self.networks()
        if networks is not None and not any(ip_address(delivery.address) in network for network in networks):
            raise AddressNotAllowed(f"{delivery.address} is not an address of {manifest.name}")

    def _verify(self, delivery: Delivery, secrets: Mapping[str, str]) -> tuple[VerifiedDelivery, str]:
        try:
            return self._signed_with(secrets, delivery)
        except SignatureMismatch:
            # Perhaps with a secret that was set since: then a rotation needs no waiting.
            fresh = self.secrets(look_again=True)
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

    def _greet(self, handshake: Handshake) -> Answer:
        self.audit.record("handshake", decision="answered")
        return Answer(200, handshake.body, handshake.content_type)

    def _set_aside(self, delivery: Delivery, verified: VerifiedDelivery, reason: str) -> None:
        told = self._telling(delivery.headers)
        signed_id = verified.delivery_id if verified.delivery_id_signed else None
        where = self.bodies.set_aside(self.builder.manifest.name, delivery.body, told, signed_id, reason)
        self.audit.record("kept", resource=where, reason=reason, digests={"body": digest(delivery.body)})

    def _unpacked(self, body: bytes, headers: Mapping[str, str]) -> bytes:
        """The body as its sender wrote it; a compressed one may not grow beyond the source's cap."""
        encoding = headers.get("content-encoding", "identity").strip().lower()
        if encoding in ("", "identity"):
            return body
        if encoding != "gzip":
            raise UnknownEncoding(f"content-encoding {encoding[:40]!r}")
        cap = self.builder.manifest.max_bytes
        unpacking = zlib.decompressobj(wbits=31)  # 16 + the largest window: gzip's format
        try:
            unpacked = unpacking.decompress(body, cap + 1)
        except zlib.error:
            raise UnreadableBody("the body is not the gzip that it says it is") from None
        if len(unpacked) > cap:
            raise BodyTooLarge(f"unpacked more than {cap} bytes")
        if not unpacking.eof or unpacking.unused_data:
            raise UnreadableBody("the gzip is not one whole member")
        return unpacked

    def _telling(self, headers: Mapping[str, str]) -> dict[str, str]:
        """The headers that it takes to read a body; what signs or authorizes is never kept."""
        ways = [way for path in self.builder.manifest.reading.type for way in path.split("|")]
        told = [way.removeprefix("header:") for way in ways if way.startswith("header:")]
        names = ["content-type", "content-encoding", *told]
        return {name: headers[name] for name in names if name in headers}

    def _events(self, body: bytes, headers: Mapping[str, str], verified: VerifiedDelivery) -> list[Event]:
        manifest = self.builder.manifest
        read = raw_events(self._unpacked(body, headers), headers, manifest.reading, manifest.pings)
        real = [raw_event for raw_event in read if raw_event.raw_type not in manifest.pings]
        if len(real) < len(read):
            self.audit.record("handshake", decision="ping")
        return self.builder.events(real, verified, body, self.grant_key(), self.clock())
