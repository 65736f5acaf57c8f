"""Tests a source's verifier with one valid delivery and every kind of invalid one."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from functions.core.ingress.reading import FORM
from functions.core.manifests.signature import Field
from functions.core.manifests.source import SourceManifest
from hookline.local.generated_secrets import generate_secret
from hookline.operator.send import Posted, Signed, send_request, signed_delivery
from hookline.testing import fixtures
from hookline.testing.fixtures import Fixture


@dataclass(frozen=True)
class Trial:
    """One delivery with the expected status and body (`word`, None for any), and the response."""

    name: str
    status: int
    word: str | None
    got: Posted

    @property
    def passed(self) -> bool:
        """Whether the response is the expected one."""
        return self.got.status == self.status and self.word in (None, self.got.word)


@dataclass(frozen=True)
class SourceTest:
    """A source on a running stack, and the secret that signs its deliveries."""

    manifest: SourceManifest
    url: str
    secret: str

    def trials(self) -> Iterator[Trial]:
        """Every trial that fits this source's scheme; each is sent when it is requested."""
        scheme, fixture = self.manifest.signature, fixtures.load(self.manifest.name)
        good = self._sign(fixture.fresh())
        yield self._try("a valid delivery", 200, "", good)
        yield self._try("the same delivery again", 200, "Duplicate", good)
        yield self._try("no signature", 401, None, self._unsigned(fixture))
        yield self._try("another secret", 401, None, self._sign(fixture.fresh(), generate_secret(self.manifest).signs))
        if isinstance(scheme.header, str):
            yield from self._tampered(scheme.header, fixture)
        if "{body}" in scheme.signs:
            yield self._try("a changed body", 401, "SignatureMismatch", _changed(self._sign(fixture.fresh())))
        if scheme.tolerance is not None:
            far = 2 * (self.manifest.tolerance or scheme.tolerance) + 60
            yield self._try("signed long ago", 401, "StaleTimestamp", self._sign(fixture.fresh(), age=far))
            yield self._try("signed in the future", 401, "FutureTimestamp", self._sign(fixture.fresh(), age=-far))
        too_large = replace(fixture, body=fixture.body + " " * self.manifest.max_bytes)
        yield self._try("too large", 413, None, self._unsigned(too_large))
        if self._may_sign_anything(fixture):
            yield self._try(
                "signed, but not JSON", 400, "UnreadableBody", self._sign(replace(fixture, body="{no json"))
            )
        yield self._try("an unknown source", 404, None, replace(good, url=self.url + "_not"))

    def _tampered(self, header: str, fixture: Fixture) -> Iterator[Trial]:
        changes: Mapping[str, Callable[[str], str]] = {
            "an empty signature": lambda _: "",
            "a signature cut short": lambda value: value[:-2],
            "a signature that is not ASCII": lambda value: value[:-1] + "\xe9",
            "a signature of another scheme": lambda _: "Digest x",
        }
        for name, change in changes.items():
            signed = self._sign(fixture.fresh())
            headers = {**signed.headers, header: change(signed.headers[header])}
            yield self._try(name, 401, None, replace(signed, headers=headers))

    def _may_sign_anything(self, fixture: Fixture) -> bool:
        """Whether the scheme can sign any body: it signs the bytes unchanged and puts no data into the body."""
        scheme = self.manifest.signature
        in_body = any(isinstance(place, Field) for place in (scheme.header, scheme.timestamp, scheme.delivery_id))
        return "{body}" in scheme.signs and not in_body and fixture.headers["content-type"] != FORM

    def _sign(self, fixture: Fixture, secret: str | None = None, age: float = 0) -> Signed:
        name, now = self.manifest.name, time.time() - age
        return signed_delivery(name, self.url, fixture.headers, fixture.body.encode(), secret or self.secret, now)

    def _unsigned(self, fixture: Fixture) -> Signed:
        return Signed(self.url, fixture.headers, fixture.fresh().body.encode())

    def _try(self, name: str, status: int, word: str | None, delivery: Signed) -> Trial:
        return Trial(name, status, word, send_request(delivery))


def _changed(signed: Signed) -> Signed:
    body = bytearray(signed.body)
    body[len(body) // 2] ^= 1
    return replace(signed, body=bytes(body))
