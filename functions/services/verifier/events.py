"""Makes the events of a verified delivery. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from functions.core import grants
from functions.core.audit import digest
from functions.core.delivery import Happening, Translation
from functions.core.event import Event
from functions.core.manifest import SourceManifest
from functions.core.signatures import VerifiedDelivery
from functions.core.times import rfc3339

Translate = Callable[[Happening], Translation | None]


@dataclass(frozen=True)
class Author:
    """Writes the events of one source; `translate` puts a happening into the taxonomy's words.

    That a translation's data is what the taxonomy says is shown by tests over mutated fixtures, and looked at by
    whoever hears the event; here it would cost a cold start a third more (docs/decisions/0007).
    """

    manifest: SourceManifest
    translate: Translate

    def events(
        self, happenings: Sequence[Happening], verified: VerifiedDelivery, body: bytes, key: str, now: float
    ) -> list[Event]:
        """An event for each happening, each with a grant minted with `key` for the entities that it names.

        Raises UnreadableBody where a happening of a known type is not as its provider documents it.
        """
        return [
            self._event(self._id(happening, position, verified, body, now), happening, key, now)
            for position, happening in enumerate(happenings)
        ]

    def _id(self, happening: Happening, position: int, verified: VerifiedDelivery, body: bytes, now: float) -> str:
        """The event's id, made of what the signature covers only: else a replay under a new id would act twice.

        Without an id of the provider's, the digest of type and body stands for it: the same bytes are the same event.
        Those two are the delivery's, so in a list the position tells its happenings apart.
        """
        reading = self.manifest.reading
        signed_id = verified.delivery_id if verified.delivery_id_signed else None
        window = f"/{int(now // reading.window)}" if reading.window else ""
        bytes_id = f"sha256/{digest(happening.raw_type.encode() + bytes(1) + body)}{window}"
        place = "" if reading.items is None else f"/{position}"
        return f"{self.manifest.name}:{happening.id or (signed_id or bytes_id) + place}"

    def _event(self, id: str, happening: Happening, key: str, now: float) -> Event:
        name = self.manifest.name
        translation = self.translate(happening) or Translation(
            type=f"{name}.unmapped", subject=id, entities=[], data={"raw_type": happening.raw_type}
        )
        grant = grants.Grant(id, id, frozenset(translation.entities), int(now) + grants.LIFETIME)
        received = rfc3339(now)
        return Event(
            id=id,
            source=self.manifest.identity,
            type=translation.type,
            subject=translation.subject,
            time=happening.time or received,
            receivedat=received,
            entities=list(translation.entities),
            correlationid=id,
            grant=grants.mint(grant, key),
            data=translation.data,
            dataschema=f"{translation.type}/{translation.version}",
            raw={"type": happening.raw_type, "body": happening.body},
        )
