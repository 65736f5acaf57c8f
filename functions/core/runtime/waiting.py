"""Waiting: what an event does to the agent's waits, and what the waits' timers do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from functions.core.audit.records import Audit, about
from functions.core.authority import grants
from functions.core.events.event import Event
from functions.core.events.waits import WAIT_EXPIRED
from functions.core.manifests.agent import AgentManifest
from functions.core.platform.errors import Denied
from functions.core.platform.times import Clock, sortable
from functions.core.runtime.deadlines import Deadlines
from functions.core.runtime.outcomes import Done
from functions.core.runtime.wait_store import EXPIRED, MATCHED, OPEN, Waits
from functions.core.runtime.waited import Wait
from functions.core.runtime.waits import read

# timer(parent, id) -> the event that ends the wait `id` if its time is over
Timer = Callable[[Event, str], Event]


@dataclass(frozen=True)
class Waiting:
    """The waits of one agent."""

    manifest: AgentManifest
    waits: Waits
    deadlines: Deadlines
    audit: Audit
    clock: Clock

    def passes(self, event: Event, timer: Timer) -> bool:
        """Whether the event wakes nobody: nothing waits for it, or it is a timer that comes too early or too late.

        The former is on record. A timer that comes too early sends the next one.
        """
        if event.type == WAIT_EXPIRED:
            return self._sent_again(event, timer)
        manifest = self.manifest
        if manifest.subscribes_to(event.source, event.type, event.raw_type):
            return False
        if not manifest.waits_for(event.source, event.type) or self.waits.ids(event.type, event.entities):
            return False
        self.audit.record("passed", action=event.type, decision="nothing waits for it", **about(event))
        return True

    def claimed(self, event: Event) -> list[Wait]:
        """The waits that the event ends, the oldest first; a second time, the same."""
        if event.type == WAIT_EXPIRED:
            found = self.waits.find(event.data["wait"])
            return [found[0]] if found and self.waits.claim(found[0], EXPIRED, found[0].id) else []
        if not self.manifest.waits_for(event.source, event.type):
            return []
        stored = filter(None, map(self.waits.find, self.waits.ids(event.type, event.entities)))
        ended = [wait for wait, _ in stored if _is_later(event, wait) and self._matched(event, wait)]
        return sorted(ended, key=lambda wait: (wait.waited.since, wait.id))

    def open(self, waits: Sequence[Wait], timer: Timer) -> None:
        """Store waits and send their timers. A second time, nothing changes."""
        for wait in waits:
            if stored := self.waits.open(wait):
                event = stored.waited.event
                self.deadlines.send(replace(timer(event, wait.id), id=wait.id), stored.until - self.clock())

    def forget(self, waits: Sequence[Wait]) -> None:
        """Look for ended waits no longer."""
        for wait in waits:
            self.waits.forget(wait)

    def _sent_again(self, event: Event, timer: Timer) -> bool:
        found = self.waits.find(str(event.data.get("wait")))
        if found is None or found[1] == MATCHED:
            return True
        wait, state = found
        left = wait.until - self.clock()
        if state != OPEN or left <= 0:
            return False
        # Its cause on record is the event that waits, however many timers there were.
        self.deadlines.send(replace(timer(event, wait.id), causationid=event.causationid), left)
        return True

    def _matched(self, event: Event, wait: Wait) -> bool:
        """Whether the event ends the wait, which is then on record in both trees."""
        if not self.waits.claim(wait, MATCHED, event.id):
            return False  # it stays where its own event finds it, which may be a dead letter by now
        began = wait.waited.event
        why = f"it waited since {began.id} in tree {began.correlationid}"
        self.audit.record("resumed", id=f"resumed {wait.id}", action=event.type, reason=why, **about(event))
        why = f"by {event.id} in tree {event.correlationid}"
        self.audit.record("matched", id=f"matched {wait.id}", action=event.type, reason=why, **about(began))
        return True


def ended_by_time(event: Event, wait: Wait, now: float) -> Event:
    """The event that a wait ends with unmatched. It has the wait's id, however many timers there were.

    Raises Denied if the grant has expired and the outcome needs it: then a person must see to it.
    """
    began = wait.waited.event
    if now >= grants.unverified(began.grant).expires and not isinstance(outcome := read(wait.otherwise), Done):
        what = f"{type(outcome).__name__} did not happen"
        raise Denied(f"the grant of {began.id} expired before the end of its wait was handled: {what}")
    return replace(event, id=wait.id, causationid=began.id, hops=began.hops)


def _is_later(event: Event, wait: Wait) -> bool:
    """Whether the event came after the one that waits: of what was late, nothing is the next."""
    began = wait.waited.event
    try:
        return event.id != began.id and sortable(event.receivedat) >= sortable(began.receivedat)
    except ValueError:
        return False
