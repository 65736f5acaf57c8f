"""Is this delivery what its provider sent? Bytes in, verdict out; no I/O, and no clock of its own."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from functions.core.ingress.signatures.judges import Judges, judges_by_place
from functions.core.ingress.signatures.vocabulary import (
    ENCODERS,
    Delivery,
    Key,
    signed_strings,
    signing_key,
    verifying_key,
    write_time,
)
from functions.core.manifests.signature import Field, Label, SignatureScheme
from functions.core.platform.errors import (
    ConfigurationError,
    FutureTimestamp,
    MalformedSignature,
    MissingSignature,
    SignatureMismatch,
    StaleTimestamp,
    WebhookRejected,
)

DEFAULT: Any = object()


class VerifiedDelivery(NamedTuple):
    """A delivery whose signature is good.

    delivery_id         the provider's de-duplication key; None where it is absent or lies in the event itself
    delivery_id_signed  False: whoever replays a body can give it another id
    signed_at           unix seconds; None where the scheme signs no time
    secret_index        which of `secrets` matched
    """

    delivery_id: str | None
    delivery_id_signed: bool
    signed_at: float | None
    secret_index: int


def verify(
    scheme: SignatureScheme,
    *,
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    secrets: Sequence[str],
    now: float,
    tolerance: float | None = DEFAULT,
) -> VerifiedDelivery:
    """Say who signed these exact bytes, or raise a WebhookRejected that says why not; nothing else is raised.

    url        the configured public URL with the received query; only schemes that sign it look at it
    headers    in any case; a repeated header comes joined by commas
    secrets    as the provider shows them; those that `check_secrets` refuses are passed over
    now        unix seconds
    tolerance  seconds either side of the signed time; None checks no freshness; DEFAULT is the scheme's own

    Freshness comes last, so StaleTimestamp means a genuine delivery that was late or replayed.
    """
    delivery = Delivery(method, url, headers, body)
    judges, value = _carried(scheme, delivery)
    failure: type[WebhookRejected] = MalformedSignature
    for judge in judges:
        candidates, labelled = judge.signatures(value)
        if not candidates:
            continue
        failure = SignatureMismatch
        signed_at = judge.signed_time(labelled, delivery)
        judge.find_id(delivery)
        index = judge.matching_secret(delivery, candidates, secrets)
        if index is None:
            continue
        if judge.timed_by_body:
            signed_at = judge.time_in_verified_body(delivery)
        if signed_at is not None:
            allowed = judge.tolerance if tolerance is DEFAULT else tolerance
            if allowed is not None:
                _check_fresh(now - signed_at, allowed)
        return VerifiedDelivery(delivery.id, judge.signs_id, signed_at, index)
    raise failure


def check_secrets(scheme: SignatureScheme, secrets: Sequence[str], source: str) -> None:
    """Raise ConfigurationError, which names `source` and quotes no secret, unless every secret can verify `scheme`."""
    if isinstance(secrets, str) or not secrets:
        raise ConfigurationError(f"{source} needs a list of at least one secret")
    for number, secret in enumerate(secrets, start=1):
        _fitting(scheme, verifying_key, secret, f"secret {number} of {source}")


def signs_a_time(scheme: SignatureScheme) -> bool:
    """Whether every form of the scheme signs a time, so that a delivery does not stay good for ever."""
    return all(form.timestamp is not None for form in (scheme, *scheme.alternatives))


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
    """Make the headers by which `verify` accepts this delivery under the same scheme.

    secret       as for `verify`, but the private key of a public-key scheme: PEM, or base64 of PKCS#8 DER or
                 of an ed25519 seed, bare or after `whsk_`; the scheme's first form that it fits is used
    delivery_id  else the one in `headers`, else none, or where the scheme signs it one made from the body

    Returns {} for a scheme whose signature lies in the body; for those, for Linear and for Twilio's JSON call
    `prepare` first. Raises ConfigurationError for an unfit secret, and what `verify`
    would where no provider could have sent this.
    """
    form, key = _fitting(scheme, signing_key, secret, "the secret")
    if isinstance(form.header, Field):
        return {}
    delivery = Delivery(method, url, headers, body)
    if delivery_id is None and isinstance(form.delivery_id, str):
        delivery_id = delivery.read_id(form.delivery_id)
    delivery.id = delivery_id = delivery_id or _derived_id(form, body)
    delivery.timestamp = stamp = write_time(now, form.clock) if "{timestamp}" in form.signs else None
    signature = _signature(form, key, delivery)
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
    """Return the URL and body as the provider would send them, with what its scheme keeps there.

    Mailgun's signature block, Graph's clientState and Linear's webhookTimestamp go into the body, the digest
    of Twilio's JSON into the URL; any other source's come back untouched. Raises ConfigurationError as `sign`
    does, and ValueError where the body is not JSON with room for them.
    """
    form, key = _fitting(scheme, signing_key, secret, "the secret")
    if "{parameters}" in form.signs and body[:1] in (b"{", b"["):
        return f"{url}{'&' if '?' in url else '?'}bodySHA256={hashlib.sha256(body).hexdigest()}", body
    places = (form.header, form.timestamp, form.delivery_id)
    if not any(isinstance(place, Field) for place in places):
        return url, body
    delivery = Delivery("", url, {}, body)
    delivery.timestamp = stamp = write_time(now, form.clock)
    delivery.id = delivery_id = delivery_id or _derived_id(form, body)
    signature = _signature(form, key, delivery)
    document = json.loads(body)
    # A time that is itself signed is text; elsewhere it is a number.
    moment = stamp if "{timestamp}" in form.signs else int(stamp)
    for place, content in zip(places, (signature, moment, delivery_id), strict=True):
        if isinstance(place, Field):
            _put(document, place.path, content)
    return url, json.dumps(document, separators=(",", ":")).encode()


# What came in


def _carried(scheme: SignatureScheme, delivery: Delivery) -> tuple[Judges, str]:
    """The judges of the first header that is there, blank or not: a laxer one never gets its turn."""
    for place, judges in judges_by_place(scheme):
        value = delivery.read(place)
        if value:
            return judges, value
        if value is not None:
            break
    raise MissingSignature


def _check_fresh(age: float, tolerance: float) -> None:
    if not age <= tolerance:  # so written, a NaN is refused
        raise StaleTimestamp
    if age < -tolerance:
        raise FutureTimestamp


# What goes out


def _signature(form: SignatureScheme, key: Key, delivery: Delivery) -> str:
    raw = key.make(next(iter(signed_strings(form, delivery))))
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


# What is configured


def _fitting(
    scheme: SignatureScheme, read_key: Callable[[str, str, str], Key], secret: str, name: str
) -> tuple[SignatureScheme, Key]:
    """The first form that can use the secret, with its key; an error calls the secret by `name`."""
    faults = []
    for form in (scheme, *scheme.alternatives):
        try:
            return form, read_key(form.key, form.algorithm, secret)
        except ValueError as error:
            faults.append(str(error))
    raise ConfigurationError(f"{name} {' and '.join(dict.fromkeys(faults))}")
