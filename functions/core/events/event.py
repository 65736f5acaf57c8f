"""The event: EventBridge's `detail`, with the attributes of CloudEvents 1.0."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from functions.core.platform.canonical import compact, digest
from functions.core.platform.errors import PermanentError

SPEC_VERSION = "1.0"
MOST_HOPS = 1000  # no budget allows so many; JSON can hold an integer that Python reads and refuses to write
LONGEST_ID = 1024  # bytes: every DynamoDB key that an id is part of takes it
HASH_DIGITS = 32  # 128 bits: nobody finds two parents whose children have one id


def child_id(parent: str, source: str, type: str, number: int = 1) -> str:
    """The id of the `number`th event (from 1) of `type` that `source` publishes because of the event `parent`.

    `<source>:<type>:<hash>`, where the hash is the first 32 hex digits of SHA-256 over the canonical JSON of [parent,
    source, type, number]. The same cause always gives the same id, and the length does not depend on the parent's.
    """
    return f"{id_prefix(source, type)}{digest([parent, source, type, number])[:HASH_DIGITS]}"


def id_prefix(source: str, type: str) -> str:
    """The prefix of the ids of the events of `type` from `source`. Only that publisher can publish such an id."""
    kind, _, name = source.partition(".")
    return f"{name}:" if kind == "webhook" else f"{source}:{type}:"


@dataclass(frozen=True)
class Event:
    """One typed event. Everything under `data` and `raw` is untrusted text from outside.

    `entities` are the ones that the event names ("stripe:charge/ch_…"); `grant` proves that a verified delivery named
    them. `correlationid` is the id of the first event of the causal tree. `causationid` is the id of the parent, None
    if the event has none. `reconciled` is None, unless no signed delivery brought the event: it then is the listing
    that returned it, such as "stripe:event.list". `hops` is the distance from the first event, in events. Times are
    RFC 3339 in UTC.
    """

    id: str
    source: str
    type: str
    subject: str
    time: str
    receivedat: str
    entities: Sequence[str]
    correlationid: str
    grant: str
    data: Mapping[str, Any]
    dataschema: str
    raw: Mapping[str, Any] | None = None
    causationid: str | None = None
    hops: int = 0
    reconciled: str | None = None
    specversion: str = field(default=SPEC_VERSION)

    @classmethod
    def from_envelope(cls, envelope: Any) -> "Event":
        """The event in the message that an EventBridge rule delivered.

        Raises PermanentError if it is not an event of this shape, or if EventBridge's own source or detail type, which
        IAM enforces, differs from the detail's. The error quotes nothing of the envelope: it goes on the audit trail.
        """
        try:
            detail = envelope["detail"]
            event = cls(**{name: detail[name] for name in _REQUIRED}, **_optional(detail))
        except (KeyError, TypeError) as error:
            raise PermanentError(f"not an event: {error}") from None
        event._refuse_wrong_types()
        if not event.id.startswith(event.own_prefix):
            raise PermanentError("not an event: its id does not begin as the ids of its source do")
        if (envelope.get("source"), envelope.get("detail-type")) != (event.source, event.type):
            raise PermanentError("not an event: its envelope names another source or detail type")
        return event

    @property
    def raw_type(self) -> str | None:
        """The provider's own type of what a source sent, None for an event that an agent published."""
        found = self.raw.get("type") if self.raw else None
        return found if isinstance(found, str) else None

    @property
    def own_prefix(self) -> str:
        """The prefix of its publisher's ids. With another's id, the other's own event would be dropped as a copy."""
        return id_prefix(self.source, self.type)

    def _refuse_wrong_types(self) -> None:
        for name, kind in (_REQUIRED | _OPTIONAL).items():
            if not isinstance(getattr(self, name), kind):
                raise PermanentError(f"not an event: {name} is a {type(getattr(self, name)).__name__}")
        if not all(isinstance(entity, str) for entity in self.entities):
            raise PermanentError("not an event: an entity is not text")
        if not _fits_a_key(self.id) or not _fits_a_key(self.correlationid):
            raise PermanentError(f"not an event: an id is over {LONGEST_ID} bytes, or is not valid Unicode")
        if isinstance(self.hops, bool) or not 0 <= self.hops <= MOST_HOPS:
            raise PermanentError("not an event: hops is out of range")

    def to_entry(self, bus: str) -> dict[str, str]:
        """The entry for events:PutEvents."""
        detail = compact(
            {name: value for name, value in self.__dict__.items() if (name, value) != ("reconciled", None)}
        )
        return {"EventBusName": bus, "Source": self.source, "DetailType": self.type, "Detail": detail}

    def child(
        self, *, source: str, type: str, time: str, data: Mapping[str, Any], schema: str, number: int = 1
    ) -> "Event":
        """The event that `source` publishes because of this one, the `number`th (from 1) of its type.

        Its id is a function of its parent (`child_id`), so a retry publishes the same event. The grant is passed on
        unchanged: it never grows.
        """
        return replace(
            self,
            id=child_id(self.id, source, type, number),
            source=source,
            type=type,
            time=time,
            receivedat=time,
            data=data,
            dataschema=schema,
            raw=None,
            reconciled=None,
            causationid=self.id,
            hops=self.hops + 1,
        )


_REQUIRED = {
    "id": str,
    "source": str,
    "type": str,
    "subject": str,
    "time": str,
    "receivedat": str,
    "entities": list,
    "correlationid": str,
    "grant": str,
    "data": dict,
    "dataschema": str,
    "hops": int,
}


_OPTIONAL = {"raw": dict | None, "causationid": str | None, "reconciled": str | None, "specversion": str}


def _fits_a_key(id: str) -> bool:
    try:
        return len(id.encode()) <= LONGEST_ID
    except UnicodeEncodeError:
        return False


def _optional(detail: Mapping[str, Any]) -> dict[str, Any]:
    return {name: detail[name] for name in _OPTIONAL if name in detail}
