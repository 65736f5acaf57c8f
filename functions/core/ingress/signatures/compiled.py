"""Signature schemes, compiled: the meaning of a form is looked up once, not for each delivery."""

from collections.abc import Sequence
from functools import cache

from functions.core.ingress.signatures.clocks import CLOCKS
from functions.core.ingress.signatures.encodings import DECODERS
from functions.core.ingress.signatures.keys import verifying_key
from functions.core.ingress.signatures.signed_request import SignedRequest
from functions.core.ingress.signatures.signed_string import signed_strings_of
from functions.core.manifests.signature import Field, Label, SignatureScheme
from functions.core.platform.errors import MalformedSignature, MissingSignature, UnreadableBody

_MOST_ITEMS = 32  # a rotation needs two or three; a header of thousands only costs time
_LONGEST_ID = 256


class CompiledForm:
    """One form of a scheme, ready to verify requests; every step can raise a WebhookRejected."""

    def __init__(self, form: SignatureScheme) -> None:
        self.tolerance = form.tolerance
        self.signs_id = "{id}" in form.signs
        self._signs_time = "{timestamp}" in form.signs
        self.time_is_in_body = form.timestamp is not None and not self._signs_time
        self._time = "" if form.timestamp is None or isinstance(form.timestamp, Label) else form.timestamp
        self._label = form.timestamp.text if isinstance(form.timestamp, Label) else None
        self._id = form.delivery_id
        self._id_is_delimited = "{id}." in form.signs
        self._prefix = form.prefix
        self._separator = form.several
        self._kind = form.key
        self._algorithm = form.algorithm
        self._decode = DECODERS[form.encoding]
        self._read_time = CLOCKS[form.clock]
        self._signed_strings = signed_strings_of(form)

    def signatures(self, value: str) -> tuple[list[bytes], str | None]:
        """Return the well-formed signatures in the header, and its labelled time if it holds one."""
        if self._separator:
            return self._listed(value)
        prefix = self._prefix
        signature = self._decode(value.removeprefix(prefix)) if value.startswith(prefix) else b""
        return [signature] if signature else [], None

    def _listed(self, value: str) -> tuple[list[bytes], str | None]:
        decode, prefix, label = self._decode, self._prefix, self._label
        items = value.split(self._separator, _MOST_ITEMS)
        if len(items) > _MOST_ITEMS or not value.isprintable():
            raise MalformedSignature
        candidates, stamp = [], None
        for item in items:
            if item.startswith(prefix):
                signature = decode(item.removeprefix(prefix))
                if signature:
                    candidates.append(signature)
            elif label is not None and item.startswith(label):
                if stamp is not None:
                    raise MalformedSignature
                stamp = item.removeprefix(label)
        return candidates, stamp

    def signed_time(self, labelled: str | None, request: SignedRequest) -> float | None:
        """Return the time in the signed string, None if it has none; sets the request's timestamp."""
        if not self._signs_time:
            return None
        if self._label is None:
            stamp = request.read(self._time)
            if not stamp:
                raise MissingSignature
        else:
            stamp = labelled
            if stamp is None:
                raise MalformedSignature
        request.timestamp = stamp
        return self._read_time(stamp)

    def time_in_verified_body(self, request: SignedRequest) -> float:
        """Return the time that is signed as a member of the body."""
        try:
            return self._read_time(request.read(self._time) or "")
        except MalformedSignature:
            raise UnreadableBody from None

    def find_id(self, request: SignedRequest) -> None:
        """Set the request's id, if it has one."""
        if self._id is None:
            return
        found = request.read_id(self._id)
        if not found:
            if self.signs_id:
                raise MissingSignature
            return
        # An id that contains the delimiter could be split elsewhere: another id and time with the same signature.
        if len(found) > _LONGEST_ID or (self._id_is_delimited and "." in found):
            raise MalformedSignature
        request.id = found

    def matching_secret(self, request: SignedRequest, candidates: list[bytes], secrets: Sequence[str]) -> int | None:
        """Return the index of the secret that made one of the candidates, None if none did."""
        if isinstance(secrets, str):  # each of its letters would be a key
            return None
        for pieces in self._signed_strings(request):
            for secret in secrets:
                try:
                    key = verifying_key(self._kind, self._algorithm, secret)
                except ValueError:
                    continue
                if key.accepts(pieces, candidates):
                    return secrets.index(secret)  # enumerate() costs 0.2 µs of a budget of 6
        return None


CompiledForms = tuple[CompiledForm, ...]


@cache
def forms_by_place(scheme: SignatureScheme) -> tuple[tuple[str | Field, CompiledForms], ...]:
    """The compiled forms of a scheme, grouped by the place of their signature, in the scheme's order."""
    places: dict[str | Field, list[CompiledForm]] = {}
    for form in (scheme, *scheme.alternatives):
        places.setdefault(form.header, []).append(CompiledForm(form))
    return tuple((place, tuple(forms)) for place, forms in places.items())
