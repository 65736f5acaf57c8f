"""What an event does while a run about the same entity is under way: end it, end it and start another, or join it.

The current run of an entity is an item of the same table. It changes in one transaction with what it says: the start of
a run, or the step by which an event joins one. So of two events at the same moment, one comes after the other; and an
event that started or joined a run is known as a copy by the run's key.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from functions.core.events.event import Event
from functions.core.events.tasks import RUN_JOINED, RUN_SUPERSEDED
from functions.core.workflows.declaration import Declaration
from functions.core.workflows.driver import Driver
from functions.core.workflows.entities import Current, Entities, entity_of, place_of, same_time
from functions.core.workflows.messages import News, Start, Superseded
from functions.core.workflows.runs import Stored, run_id

# (the event, the type of its message, the origin of the run that gets it) -> the event that stands for it in that tree.
InTree = Callable[[Event, str, Event], Event]
A_STEP = "a step of the run"


@dataclass(frozen=True)
class Repeats:
    """Handles the events that start runs of one workflow."""

    declared: Declaration
    driver: Driver
    entities: Entities
    in_tree: InTree

    def begin(self, run: str, start: Start, event: Event) -> str:
        """Handle the event that would start `run`. Returns what it did.

        Raises AnotherStep if another event about the entity, or another message of its run, came at the same moment.
        """
        entity = entity_of(event)
        if self.declared.same_entity == "start" or not entity:
            return self.driver.handle(run, start, event).stray or A_STEP
        # In this order: what a copy of the event starts or joins meanwhile is never taken for another's run.
        current = self.entities.read(entity)
        found = self.driver.runs.look(run)
        if isinstance(found, Stored):  # a copy
            return self.driver.step(run, found, start, event).stray or A_STEP
        if found:
            self.driver.settle(found)
            return f"joined the run {found}"
        return self._begin(run, start, event, entity, current)

    def end(self, event: Event) -> str:
        """End the run that is about the same entity as the event. Returns what was done.

        Raises AnotherStep as `begin` does.
        """
        if not (entity := entity_of(event)):
            return "ends nothing: it names no entity"
        current, place = self.entities.read(entity), place_of(event)
        if current and place <= current.place:
            return "ends nothing: this event, or a later one about the same entity, came before"
        under_way = current.run if current else ""
        over = bool(under_way) and self._supersede(under_way, event)
        self.entities.save(entity, _after(current, "", place))
        return f"ended the run {under_way}" if over else "ends nothing: no run is under way"

    def _begin(self, run: str, start: Start, event: Event, entity: str, current: Current | None) -> str:
        place, (state, replaced) = place_of(event), self._states(event)
        order = self._order(current, place, state, replaced) if current else "later"
        if order == "earlier":
            return "starts nothing: a later event about the same entity came before"
        if order == "later" and current and current.run and self._joined(current, start, event, entity):
            return f"joined the run {current.run}"
        if order == "unknown" and current and current.run:  # both run: who acts knows which state is the entity's
            now = replace(current, version=current.version + 1)
        else:
            now = replace(_after(current, run, place), state=state, replaced=replaced)
        self.driver.step(run, None, start, event, [self.entities.put(entity, now)])
        return A_STEP

    def _states(self, event: Event) -> tuple[str, str]:
        """The state of the entity that the event is about, and the one that it replaces; "" if it does not say."""
        if not self.declared.states:
            return "", ""
        state, replaced = (str(event.data.get(name) or "") for name in self.declared.states)
        return state, replaced

    def _order(self, current: Current, place: str, state: str, replaced: str) -> Literal["later", "earlier", "unknown"]:
        """Whether an event comes after the newest one so far, also if providers' times are too coarse to tell.

        An event that joins is news whenever it comes, unless a later one ended the run.
        """
        if self.declared.states and same_time(place, current.place) and state != current.state:
            # An event that names no state says nothing about the order.
            after = bool(replaced) and replaced == current.state
            before = bool(state) and state == current.replaced
            return "unknown" if after == before else "later" if after else "earlier"
        earlier = place < current.place and (self.declared.same_entity == "supersede" or not current.run)
        return "earlier" if earlier else "later"

    def _joined(self, current: Current, start: Start, event: Event, entity: str) -> bool:
        """Whether an event joins the current run. A run that it supersedes is over afterwards."""
        if self.declared.same_entity == "supersede":
            self._supersede(current.run, event)
            return False
        driver, now = self.driver, _after(current, current.run, place_of(event))
        also = [driver.runs.joined(run_id(event.id), current.run), self.entities.put(entity, now)]
        news = News(event.id, start.task)
        return driver.interrupt(current.run, news, lambda origin: self.in_tree(event, RUN_JOINED, origin), also)

    def _supersede(self, run: str, event: Event) -> bool:
        by = Superseded(f"{event.type} {event.id}")
        return self.driver.interrupt(run, by, lambda origin: self.in_tree(event, RUN_SUPERSEDED, origin))


def _after(current: Current | None, run: str, place: str) -> Current:
    """What is current after an event at `place`; the newest event keeps its place."""
    if current is None:
        return Current(run, place, 1)
    return Current(run, max(place, current.place), current.version + 1)
