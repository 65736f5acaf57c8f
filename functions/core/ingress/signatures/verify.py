"""Verifies that a delivery is what its provider sent. Pure: no I/O, and the caller passes the time."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from functions.core.ingress.signatures.compiled import CompiledForms, forms_by_place
from functions.core.ingress.signatures.keys import fitting_form, verifying_key
from functions.core.ingress.signatures.signed_request import SignedRequest
from functions.core.manifests.signature import SignatureScheme
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
    """A delivery whose signature is valid.

    delivery_id         the provider's de-duplication key; None if it is missing or part of the event itself
    delivery_id_signed  False: anyone who replays a body can give it another id
    signed_at           unix seconds; None if the scheme signs no time
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
    """Return which secret signed these exact bytes; raises a WebhookRejected with the reason, and nothing else.

    url        the configured public URL with the received query; only schemes that sign it use it
    headers    names in any case; a repeated header is joined by commas
    secrets    as the provider shows them; those that `check_secrets` refuses are skipped
    now        unix seconds
    tolerance  seconds before and after the signed time; None skips the check; DEFAULT is the scheme's own

    Freshness is checked last, so StaleTimestamp means a genuine delivery that was late or replayed.
    """
    request = SignedRequest(method, url, headers, body)
    forms, value = _signature_header(scheme, request)
    failure: type[WebhookRejected] = MalformedSignature
    for form in forms:
        candidates, labelled = form.signatures(value)
        if not candidates:
            continue
        failure = SignatureMismatch
        signed_at = form.signed_time(labelled, request)
        form.find_id(request)
        index = form.matching_secret(request, candidates, secrets)
        if index is None:
            continue
        if form.time_is_in_body:
            signed_at = form.time_in_verified_body(request)
        if signed_at is not None:
            allowed = form.tolerance if tolerance is DEFAULT else tolerance
            if allowed is not None:
                _check_fresh(now - signed_at, allowed)
        return VerifiedDelivery(request.id, form.signs_id, signed_at, index)
    raise failure


def check_secrets(scheme: SignatureScheme, secrets: Sequence[str], source: str) -> None:
    """Raise ConfigurationError, which names `source` and quotes no secret, unless every secret can verify `scheme`."""
    if isinstance(secrets, str) or not secrets:
        raise ConfigurationError(f"{source} needs a list of at least one secret")
    for number, secret in enumerate(secrets, start=1):
        fitting_form(scheme, verifying_key, secret, f"secret {number} of {source}")


def usable_secrets(
    scheme: SignatureScheme, secrets: Mapping[str, str], source: str
) -> tuple[dict[str, str], list[str]]:
    """Those of `secrets`, by label, that can verify `scheme`, and what is wrong with each of the others."""
    usable, faults = {}, []
    for label, secret in secrets.items():
        try:
            fitting_form(scheme, verifying_key, secret, f"secret {label!r} of {source}")
            usable[label] = secret
        except ConfigurationError as error:
            faults.append(str(error))
    return usable, faults


def signs_a_time(scheme: SignatureScheme) -> bool:
    """Whether every form of the scheme signs a time, so that no delivery stays valid forever."""
    return all(form.timestamp is not None for form in (scheme, *scheme.alternatives))


def _signature_header(scheme: SignatureScheme, request: SignedRequest) -> tuple[CompiledForms, str]:
    """The forms of the first header that is present, and its value. If it is blank, no weaker form is tried."""
    for place, forms in forms_by_place(scheme):
        value = request.read(place)
        if value:
            return forms, value
        if value is not None:
            break
    raise MissingSignature


def _check_fresh(age: float, tolerance: float) -> None:
    if not age <= tolerance:  # written this way, it refuses NaN
        raise StaleTimestamp
    if age < -tolerance:
        raise FutureTimestamp
