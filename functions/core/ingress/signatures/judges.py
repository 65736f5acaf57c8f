"""What a form of a scheme says of a delivery; the meaning of the form's words is looked up once, not each time."""

from collections.abc import Sequence
from functools import cache

from functions.core.ingress.signatures.vocabulary import CLOCKS, DECODERS, Delivery, signed_strings_of, verifying_key
from functions.core.manifests.signature import Field, Label, SignatureScheme
from functions.core.platform.errors import MalformedSignature, MissingSignature, UnreadableBody

_MOST_ITEMS = 32  # a rotation needs two or three; a header of thousands only burns time
_LONGEST_ID = 256


class Judge:
    """One form of a scheme, ready for deliveries; every step may raise a WebhookRejected."""

    def __init__(self, form: SignatureScheme) -> None:
        self.tolerance = form.tolerance
        self.signs_id = "{id}" in form.signs
        self._signs_time = "{timestamp}" in form.signs
        self.timed_by_body = form.timestamp is not None and not self._signs_time
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
        """Return those in the header that are well written, and the time where it holds that too."""
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

    def signed_time(self, labelled: str | None, delivery: Delivery) -> float | None:
        """Return the time in the signed string, None where there is none; sets the delivery's timestamp."""
        if not self._signs_time:
            return None
        if self._label is None:
            stamp = delivery.read(self._time)
            if not stamp:
                raise MissingSignature
        else:
            stamp = labelled
            if stamp is None:
                raise MalformedSignature
        delivery.timestamp = stamp
        return self._read_time(stamp)

    def time_in_verified_body(self, delivery: Delivery) -> float:
        """Return the time that is signed as a member of the body."""
        try:
            return self._read_time(delivery.read(self._time) or "")
        except MalformedSignature:
            raise UnreadableBody from None

    def find_id(self, delivery: Delivery) -> None:
        """Set the delivery's id, where it has one."""
        if self._id is None:
            return
        found = delivery.read_id(self._id)
        if not found:
            if self.signs_id:
                raise MissingSignature
            return
        # An id with the delimiter in it could be cut elsewhere: another id and time, under the same signature.
        if len(found) > _LONGEST_ID or (self._id_is_delimited and "." in found):
            raise MalformedSignature
        delivery.id = found

    def matching_secret(self, delivery: Delivery, candidates: list[bytes], secrets: Sequence[str]) -> int | None:
        """Return the index of the secret that made one of the candidates, None where none did."""
        if isinstance(secrets, str):  # its letters would each be a key
            return None
        for pieces in self._signed_strings(delivery):
            for secret in secrets:
                try:
                    key = verifying_key(self._kind, self._algorithm, secret)
                except ValueError:
                    continue
                if key.accepts(pieces, candidates):
                    return secrets.index(secret)  # enumerate() costs 0.2 µs of a budget of 6
        return None


Judges = tuple[Judge, ...]


@cache
def judges_by_place(scheme: SignatureScheme) -> tuple[tuple[str | Field, Judges], ...]:
    """The judges of a scheme's forms, beside the place of the signature that they judge."""
    places: dict[str | Field, list[Judge]] = {}
    for form in (scheme, *scheme.alternatives):
        places.setdefault(form.header, []).append(Judge(form))
    return tuple((place, tuple(judges)) for place, judges in places.items())
