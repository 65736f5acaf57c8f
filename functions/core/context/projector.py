"""Adds events to the timelines of the entities that they name."""

from dataclasses import dataclass, replace

from functions.core.audit.records import Audit, about
from functions.core.authority.grants import check as check_grant
from functions.core.authority.mailboxes import digest_of
from functions.core.authority.signing_keys import SigningKeys
from functions.core.context.links import Links
from functions.core.context.timeline import Entry, Timelines
from functions.core.events.catalogue import check, model_of
from functions.core.events.event import Event
from functions.core.platform.errors import Denied, PermanentError
from functions.core.platform.times import Clock, rfc3339

SUBSCRIBED = ("webhook.", "agent.")  # as in its rule: nothing else in the queue gets onto a timeline


@dataclass(frozen=True)
class Projector:
    """Keeps `timelines` and `links`; `keys` are the valid grant keys."""

    timelines: Timelines
    links: Links
    keys: SigningKeys
    audit: Audit
    clock: Clock

    def __call__(self, event: Event) -> None:
        """Add `event` to the timelines of the entities that it names and its grant covers; a copy changes nothing.

        Raises PermanentError if its data does not fit its type, and Denied if its grant is invalid or belongs to
        another causal tree, or if the context service does not subscribe to its source. Either is recorded.
        """
        what = about(event) | {"action": event.type}
        try:
            self._put(event)
            self.audit.record("projected", **what)
        except PermanentError as error:
            kind = "denied" if isinstance(error, Denied) else "failed"
            reason = f"published by {event.source}: {error}"
            self.audit.record(kind, decision=type(error).__name__, reason=reason, **what)
            raise
        finally:
            self.audit.flush()

    def _put(self, event: Event) -> None:
        if not event.source.startswith(SUBSCRIBED):
            raise Denied(f"the context service does not subscribe to {event.source}")
        check(event.type, event.data)
        model = model_of(event.type)
        now = self.clock()
        grant = check_grant(event.grant, self.keys, now)
        if grant.correlation != event.correlationid:
            raise Denied("the grant belongs to another event")
        # An agent's event gets the time of its receipt: a time of the agent's choosing could sort it anywhere.
        verified = event.source.startswith("webhook.")
        entry = Entry.of(event) if verified else replace(Entry.of(event), time=rfc3339(now))
        named = grant.entities.intersection(event.entities)
        if verified and model.address_field and event.subject in named:  # no agent's event says whose an address is
            self.links.keep(event.subject, digest_of(event.data[model.address_field]), entry.time, now)
        for entity in named:
            together = named - {entity} if verified else ()
            self.timelines.add(entity, entry, model.measures, model.facets, now, together)
