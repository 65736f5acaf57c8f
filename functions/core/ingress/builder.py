"""Builds the events of a verified delivery. Pure."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from functions.core.authority import grants
from functions.core.events.event import Event
from functions.core.ingress.delivery import RawEvent, Translation, Unreadable
from functions.core.ingress.reading import unsigned_of
from functions.core.ingress.signatures.signed_request import form_parameters
from functions.core.ingress.signatures.verify import VerifiedDelivery
from functions.core.manifests.identity import BodyDigest, DeliveryId, SignedId, digest_of
from functions.core.manifests.source import SourceManifest
from functions.core.manifests.tenant import MODES, OneTenant, is_expected, scoped
from functions.core.platform.canonical import canonical, compact
from functions.core.platform.canonical import digest as hashed
from functions.core.platform.cut_texts import cut_values
from functions.core.platform.detail_types import UNMAPPED
from functions.core.platform.errors import UnreadableBody
from functions.core.platform.times import rfc3339

LARGEST_DATA = 500_000  # bytes of UTF-8 as JSON; an entry of the bus has at most 1 MB with all its parts
LONGEST_UNCUT = 500  # bytes of a text; the ids in data are shorter
LONGEST_ID = 400  # bytes: with the source before it, it fits a field of an audit record

Translate = Callable[[RawEvent], Translation | None]
# When the first copy of what has this id came, in unix seconds, if that is within so many seconds; else now.
FirstCopy = Callable[[str, int], int]


@dataclass(frozen=True)
class EventBuilder:
    """Builds the events of one source; `translate` makes a domain event of a raw event.

    `expected` are patterns of the tenants that the operator expects, None for what the source's manifest says. `mode`
    is the deployment's, "live" or "test": an event of the other belongs to another tenant. With "", both are one.

    Data is not validated here, because that would slow a cold start too much (docs/decisions/0007): tests over mutated
    fixtures cover it, and the subscriber validates it.
    """

    manifest: SourceManifest
    translate: Translate
    expected: Sequence[str] | None = None
    mode: str = ""

    def events(
        self,
        raw_events: Sequence[RawEvent],
        verified: VerifiedDelivery,
        body: bytes,
        key: str,
        now: float,
        first: FirstCopy | None = None,
    ) -> list[Event]:
        """An event for each raw event, with a grant that is minted with `key` for the entities that it names.

        Without `first`, each is the first copy. Raises UnreadableBody if a raw event of a known type is not as its
        provider documents it.
        """
        found = self.read(raw_events, verified, body, key, now, first)
        for item in found:
            if isinstance(item, Unreadable):
                raise UnreadableBody(item.reason)
        return [item for item in found if isinstance(item, Event)]

    def read(
        self,
        items: Sequence[RawEvent | Unreadable],
        verified: VerifiedDelivery,
        body: bytes,
        key: str,
        now: float,
        first: FirstCopy | None = None,
        id: str = "",
    ) -> list[Event | Unreadable]:
        """As `events`, but an item that cannot be read or translated stands in the place of its event.

        With an `id`, it is the id of the only event.
        """
        found: list[Event | Unreadable] = []
        equal: Counter[str] = Counter()
        for item in items:
            if isinstance(item, Unreadable):
                found.append(item)
                continue
            try:
                own = self._short(id) if id else self._id(item, verified, body, equal, first or (lambda *_: int(now)))
                found.append(self._event(own, item, key, now))
            except UnreadableBody as error:
                found.append(Unreadable(item.body, str(error)))
        return found

    def ids(self, items: Sequence[RawEvent | Unreadable]) -> list[str | Unreadable]:
        """The id of each raw event's event, without its delivery. What its body does not identify is unreadable."""
        return [item if isinstance(item, Unreadable) else self._own_id(item) for item in items]

    def id_of(self, delivery: str, headers: Mapping[str, str]) -> str:
        """The id of the event of a delivery with this id and these headers, where a delivery's id identifies it."""
        unsigned = unsigned_of(headers, self.manifest.reading).strip("/")
        return self._short(f"{self.manifest.name}:{'/'.join(filter(None, (delivery, unsigned)))}")

    def _own_id(self, raw_event: RawEvent) -> str | Unreadable:
        if raw_event.id is None:
            return Unreadable(raw_event.body, "it holds no id of its own")
        base = "/".join(filter(None, (raw_event.id, raw_event.unsigned.strip("/"))))
        return self._short(f"{self.manifest.name}:{base}")

    def _id(
        self, raw_event: RawEvent, verified: VerifiedDelivery, body: bytes, equal: Counter[str], first: FirstCopy
    ) -> str:
        """The event's id, which says what its source's `identity` declares, and what unsigned headers say of it.

        Equal items of a list get ids with different numbers.
        """
        id, digest = self._identified(raw_event, verified), digest_of(self.manifest.reading.identity)
        if id is None and digest is None:
            raise UnreadableBody("nothing identifies the delivery")
        base = id if id is not None else f"sha256/{self._digest(raw_event, body, digest)}"
        if id is None and self.manifest.reading.items is not None:
            equal[base] += 1
            base += f"/{equal[base]}" if equal[base] > 1 else ""
        base = "/".join(filter(None, (base, raw_event.unsigned.strip("/"))))
        whole = self._short(f"{self.manifest.name}:{base}")
        return whole if id is not None or digest is None else f"{whole}/{first(whole, digest.window)}"

    def _short(self, id: str) -> str:
        prefix = f"{self.manifest.name}:"
        own = id.removeprefix(prefix).encode()
        return id if len(own) <= LONGEST_ID else f"{prefix}sha256/{hashed(own)}"

    def _identified(self, raw_event: RawEvent, verified: VerifiedDelivery) -> str | None:
        """The id that is signed or vouched for, None if there is none."""
        match self.manifest.reading.identity:
            case SignedId():
                return raw_event.id or (verified.delivery_id if verified.delivery_id_signed else None)
            case DeliveryId():
                return verified.delivery_id
            case BodyDigest():
                return None

    def _digest(self, raw_event: RawEvent, body: bytes, digest: BodyDigest | None) -> str:
        if self.manifest.reading.items is not None:
            return hashed(canonical(raw_event.body))
        if not raw_event.form:
            return hashed(body)
        # The same bytes may be read as JSON too, by a content type that nothing signs.
        return hashed(b"form\0" + (_parameters(body) if digest and digest.parameters else body))

    def _event(self, id: str, raw_event: RawEvent, key: str, now: float) -> Event:
        translation = self._translation(id, raw_event)
        data = _fitting(translation)
        entities = [self._scoped(entity, raw_event) for entity in translation.entities]
        subject = self._scoped(translation.subject, raw_event) if entities else translation.subject
        grant = grants.Grant(id, id, frozenset(entities), int(now), int(now) + grants.LIFETIME)
        received = rfc3339(now)
        return Event(
            id=id,
            source=self.manifest.identity,
            type=translation.type,
            subject=subject,
            time=raw_event.time or received,
            receivedat=received,
            entities=entities,
            correlationid=id,
            grant=grants.mint(grant, key),
            data=data,
            dataschema=f"{translation.type}/{translation.version}",
            raw={"type": raw_event.raw_type, "body": self._without_hidden(raw_event.body)},
        )

    def _translation(self, id: str, raw_event: RawEvent) -> Translation:
        reason = self._unexpected(raw_event)
        translation = None if reason else self.translate(raw_event)
        if translation is not None:
            return translation
        data = {"raw_type": raw_event.raw_type, "tenant": self._tenant(raw_event) or None, "reason": reason}
        return Translation(type=f"{self.manifest.name}.{UNMAPPED}", subject=id, entities=[], data=data)

    def _unexpected(self, raw_event: RawEvent) -> str | None:
        """Why the raw event's tenant is not one that the operator expects, None if it is."""
        tenant = self.manifest.reading.tenant
        if isinstance(tenant, OneTenant):
            return None
        name = self._tenant(raw_event)
        if not name:
            return f"it names no {tenant.word}"
        expected = tenant.expected if self.expected is None else self.expected
        if is_expected(name, expected):
            return None
        return f"{tenant.word} {name} is not expected: the setting 'expected' allows {', '.join(expected)}"

    def _scoped(self, entity: str, raw_event: RawEvent) -> str:
        """The entity of the raw event's tenant, unless the provider's ids are unique without it."""
        tenant = self.manifest.reading.tenant
        name = self._tenant(raw_event)
        if isinstance(tenant, OneTenant) or tenant.global_ids or name == tenant.own:
            return entity
        return scoped(entity, name)

    def _tenant(self, raw_event: RawEvent) -> str:
        """The name of the raw event's tenant in this deployment, "" if it names none."""
        other = self.mode and raw_event.mode and raw_event.mode != self.mode
        return f"{raw_event.tenant}{MODES[raw_event.mode]}" if other and raw_event.tenant else raw_event.tenant

    def _without_hidden(self, body: Mapping[str, Any]) -> dict[str, Any]:
        shown: dict[str, Any] = _hidden(body, self.manifest.hides) if self.manifest.hides else dict(body)
        return shown


def _fitting(translation: Translation) -> Mapping[str, Any]:
    """The data of an event, its texts cut if it is too large; ids stay whole, and the raw body has all of it.

    Raises UnreadableBody if it is too large all the same.
    """
    tries: Iterator[Mapping[str, Any]] = (cut for _, cut in cut_values(translation.data, shortest=LONGEST_UNCUT))
    for data in chain([translation.data], tries):
        if len(compact(data).encode()) <= LARGEST_DATA:
            return data
    raise UnreadableBody(f"{translation.type} has more than {LARGEST_DATA} bytes of data")


def _hidden(value: Any, names: Sequence[str]) -> Any:
    """A raw event without the members of these names, wherever they are."""
    if isinstance(value, Mapping):
        return {name: _hidden(item, names) for name, item in value.items() if name not in names}
    return [_hidden(item, names) for item in value] if isinstance(value, list) else value


def _parameters(body: bytes) -> bytes:
    """What the signature covers of a form: in another order, or with a field twice, it is a copy."""
    try:
        return form_parameters(body).encode()
    except ValueError:
        return body
