"""Builds the events of a verified delivery. Pure."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from functions.core.authority import grants
from functions.core.events.event import Event
from functions.core.ingress.delivery import RawEvent, Translation
from functions.core.ingress.signatures.verify import VerifiedDelivery
from functions.core.manifests.source import SourceManifest
from functions.core.platform.canonical import digest
from functions.core.platform.detail_types import UNMAPPED
from functions.core.platform.errors import UnreadableBody
from functions.core.platform.times import rfc3339

LARGEST_DATA = 500_000  # characters of JSON; an entry of the bus has at most 1 MB with all its parts
LONGEST_ID = 400  # bytes: with the source before it, it fits a field of an audit record

Translate = Callable[[RawEvent], Translation | None]


@dataclass(frozen=True)
class EventBuilder:
    """Builds the events of one source; `translate` makes a domain event of a raw event.

    Data is not validated here, because that would slow a cold start too much (docs/decisions/0007): tests over mutated
    fixtures cover it, and the subscriber validates it.
    """

    manifest: SourceManifest
    translate: Translate

    def events(
        self, raw_events: Sequence[RawEvent], verified: VerifiedDelivery, body: bytes, key: str, now: float
    ) -> list[Event]:
        """An event for each raw event, with a grant that is minted with `key` for the entities that it names.

        Raises UnreadableBody if a raw event of a known type is not as its provider documents it.
        """
        return [
            self._event(self._id(raw_event, position, verified, body, now), raw_event, key, now)
            for position, raw_event in enumerate(raw_events)
        ]

    def _id(self, raw_event: RawEvent, position: int, verified: VerifiedDelivery, body: bytes, now: float) -> str:
        """The event's id, which depends only on what the signature covers: a replay with a new id must not act twice.

        Without an id of the raw event, it is the signed delivery id or the body's digest: the same bytes are the same
        event. Those two belong to the delivery, so in a list the position distinguishes its raw events.
        """
        reading = self.manifest.reading
        signed_id = verified.delivery_id if verified.delivery_id_signed else None
        window = f"/{int(now // reading.window)}" if reading.window else ""
        type_prefix = raw_event.raw_type.encode() + bytes(1) if reading.types_share_bytes else b""
        bytes_id = f"sha256/{digest(type_prefix + body)}{window}"
        place = "" if reading.items is None else f"/{position}"
        id = raw_event.id or (signed_id or bytes_id) + place
        return f"{self.manifest.name}:{id if len(id.encode()) <= LONGEST_ID else f'sha256/{digest(id.encode())}'}"

    def _event(self, id: str, raw_event: RawEvent, key: str, now: float) -> Event:
        name = self.manifest.name
        translation = self.translate(raw_event) or Translation(
            type=f"{name}.{UNMAPPED}", subject=id, entities=[], data={"raw_type": raw_event.raw_type}
        )
        if len(json.dumps(translation.data)) > LARGEST_DATA:
            raise UnreadableBody(f"{translation.type} has more than {LARGEST_DATA} characters of data")
        grant = grants.Grant(id, id, frozenset(translation.entities), int(now), int(now) + grants.LIFETIME)
        received = rfc3339(now)
        return Event(
            id=id,
            source=self.manifest.identity,
            type=translation.type,
            subject=translation.subject,
            time=raw_event.time or received,
            receivedat=received,
            entities=list(translation.entities),
            correlationid=id,
            grant=grants.mint(grant, key),
            data=translation.data,
            dataschema=f"{translation.type}/{translation.version}",
            raw={"type": raw_event.raw_type, "body": self._without_hidden(raw_event.body)},
        )

    def _without_hidden(self, body: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in body.items() if name not in self.manifest.hides}
