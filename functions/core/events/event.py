"""The event: what lies in EventBridge's `detail`, shaped as CloudEvents 1.0 prescribes its attributes."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from functions.core.platform.errors import PermanentError

SPEC_VERSION = "1.0"
MOST_HOPS = 1000  # no budget allows so many; a number of thousands of digits could be read and not be written
LONGEST_ID = 1024  # bytes: what every key that an id becomes a part of takes


@dataclass(frozen=True)
class Event:
    """One typed event. Everything under `data` and `raw` is untrusted text from outside.

    `entities` are what the event names ("stripe:charge/ch_…"); `grant` is the proof that a verified delivery
    named them. `correlationid` is the id of the first event of its causal tree, `causationid` of its parent;
    `hops` counts the agents in between. Times are RFC 3339 in UTC.
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
    specversion: str = field(default=SPEC_VERSION)

    @classmethod
    def from_envelope(cls, envelope: Any) -> "Event":
        """Read the message that an EventBridge rule delivered.

        Raises PermanentError where it is not an event of this shape, or where EventBridge's own source or
        detail-type, which IAM vouches for, contradicts the detail. The message quotes nothing of the envelope: it goes
        onto the audit trail.
        """
        try:
            detail = envelope["detail"]
            event = cls(**{name: detail[name] for name in _REQUIRED}, **_optional(detail))
        except (KeyError, TypeError) as error:
            raise PermanentError(f"not an event: {error}") from None
        event._refuse_wrong_types()
        if not event.id.startswith(event.own_prefix):
            raise PermanentError("not an event: it bears an id that is not its source's to give")
        if (envelope.get("source"), envelope.get("detail-type")) != (event.source, event.type):
            raise PermanentError("not an event: its envelope says otherwise of its source or its type")
        return event

    @property
    def raw_type(self) -> str | None:
        """The provider's own type of what a source sent, None for an event that an agent published."""
        found = self.raw.get("type") if self.raw else None
        return found if isinstance(found, str) else None

    @property
    def own_prefix(self) -> str:
        """What its publisher's ids begin with: nobody can take another's id, whose event would then pass for a copy."""
        kind, _, name = self.source.partition(".")
        return f"{name}:" if kind == "webhook" else f"{self.source}:{self.type}:"

    def _refuse_wrong_types(self) -> None:
        for name, kind in (_REQUIRED | _OPTIONAL).items():
            if not isinstance(getattr(self, name), kind):
                raise PermanentError(f"not an event: {name} is a {type(getattr(self, name)).__name__}")
        if not all(isinstance(entity, str) for entity in self.entities):
            raise PermanentError("not an event: an entity is not text")
        if not _fits_a_key(self.id) or not _fits_a_key(self.correlationid):
            raise PermanentError(f"not an event: an id is over {LONGEST_ID} bytes, or holds half a character")
        if isinstance(self.hops, bool) or not 0 <= self.hops <= MOST_HOPS:
            raise PermanentError("not an event: hops is no count")

    def to_entry(self, bus: str) -> dict[str, str]:
        """The entry for events:PutEvents."""
        detail = json.dumps(self.__dict__, separators=(",", ":"))
        return {"EventBusName": bus, "Source": self.source, "DetailType": self.type, "Detail": detail}

    def child(
        self, *, source: str, type: str, time: str, data: Mapping[str, Any], schema: str, number: int = 1
    ) -> "Event":
        """The event that `source` publishes because of this one, the `number`th (from 1) of its type.

        Its id follows from its parent, so the same cause never makes two of it. The grant is handed on
        unchanged: it never grows.
        """
        return replace(
            self,
            id=f"{source}:{type}:{self.id}" + (f":{number}" if number > 1 else ""),
            source=source,
            type=type,
            time=time,
            receivedat=time,
            data=data,
            dataschema=schema,
            raw=None,
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


_OPTIONAL = {"raw": dict | None, "causationid": str | None, "specversion": str}


def _fits_a_key(id: str) -> bool:
    try:
        return len(id.encode()) <= LONGEST_ID
    except UnicodeEncodeError:
        return False


def _optional(detail: Mapping[str, Any]) -> dict[str, Any]:
    return {name: detail[name] for name in _OPTIONAL if name in detail}
