"""Signs deliveries as providers do, for tests, samples and benchmarks. Pure."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from functions.core.ingress.signatures.algorithms import Key
from functions.core.ingress.signatures.clocks import write_time
from functions.core.ingress.signatures.encodings import ENCODERS
from functions.core.ingress.signatures.keys import fitting_form, signing_key
from functions.core.ingress.signatures.signed_request import SignedRequest
from functions.core.ingress.signatures.signed_string import signed_strings
from functions.core.manifests.signature import Field, Label, SignatureScheme


def sign(
    scheme: SignatureScheme,
    *,
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    secret: str,
    now: float,
    delivery_id: str | None = None,
) -> dict[str, str]:
    """Make the headers with which `verify` accepts this delivery under the same scheme.

    secret       as for `verify`, but the private key of a public-key scheme: PEM, or base64 of PKCS#8 DER or
                 of an ed25519 seed, with or without `whsk_`; the scheme's first form that it fits is used
    delivery_id  if None, the one in `headers`; if that is missing too and the scheme signs an id, one that is
                 derived from the body

    Returns {} for a scheme whose signature is in the body; for those, for Linear and for Twilio's JSON call
    `prepare` first. Raises ConfigurationError for an unfit secret, and what `verify` raises for a delivery that
    no provider could have sent.
    """
    form, key = fitting_form(scheme, signing_key, secret, "the secret")
    if isinstance(form.header, Field):
        return {}
    request = SignedRequest(method, url, headers, body)
    if delivery_id is None and isinstance(form.delivery_id, str):
        delivery_id = request.read_id(form.delivery_id)
    request.id = delivery_id = delivery_id or _derived_id(form, body)
    request.timestamp = stamp = write_time(now, form.clock) if "{timestamp}" in form.signs else None
    signature = _signature(form, key, request)
    made = {form.header: signature}
    if isinstance(form.timestamp, Label):
        made[form.header] = f"{form.timestamp.text}{stamp}{form.several}{signature}"
    elif isinstance(form.timestamp, str) and stamp is not None:
        made[form.timestamp] = stamp
    if isinstance(form.delivery_id, str) and delivery_id:
        made[form.delivery_id] = delivery_id
    return made


def prepare(
    scheme: SignatureScheme, *, url: str, body: bytes, secret: str, now: float, delivery_id: str | None = None
) -> tuple[str, bytes]:
    """Return the URL and body as the provider sends them, with what its scheme puts there.

    Mailgun's signature block, Graph's clientState and Linear's webhookTimestamp go into the body, the digest
    of Twilio's JSON into the URL; for any other source both are returned unchanged. Raises ConfigurationError as
    `sign` does, and ValueError if the body is not JSON with a place for them.
    """
    form, key = fitting_form(scheme, signing_key, secret, "the secret")
    if "{parameters}" in form.signs and body[:1] in (b"{", b"["):
        return f"{url}{'&' if '?' in url else '?'}bodySHA256={hashlib.sha256(body).hexdigest()}", body
    places = (form.header, form.timestamp, form.delivery_id)
    if not any(isinstance(place, Field) for place in places):
        return url, body
    request = SignedRequest("", url, {}, body)
    request.timestamp = stamp = write_time(now, form.clock)
    request.id = delivery_id = delivery_id or _derived_id(form, body)
    signature = _signature(form, key, request)
    document = json.loads(body)
    # A time that is itself signed is text; elsewhere it is a number.
    moment = stamp if "{timestamp}" in form.signs else int(stamp)
    for place, content in zip(places, (signature, moment, delivery_id), strict=True):
        if isinstance(place, Field):
            _put(document, place.path, content)
    return url, json.dumps(document, separators=(",", ":")).encode()


def _signature(form: SignatureScheme, key: Key, request: SignedRequest) -> str:
    raw = key.make(next(iter(signed_strings(form, request))))
    return form.prefix + ENCODERS[form.encoding](raw)


def _derived_id(form: SignatureScheme, body: bytes) -> str | None:
    return f"msg_{hashlib.sha256(body).hexdigest()[:24]}" if "{id}" in form.signs else None


def _put(node: Any, path: Sequence[str], content: Any) -> None:
    match node, path:
        case list(), ["*", *rest]:
            for item in node:
                _put(item, rest, content)
        case dict(), [step] if step != "*":
            node[step] = content
        case dict(), [step, *rest] if step != "*":
            _put(node.setdefault(step, {}), rest, content)
        case _:
            raise ValueError(f"the body has no place for {path[0]!r}")
