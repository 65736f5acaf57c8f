"""The driver of a run: read, step, save with the commands, publish them, mark them as published.

A step costs at most three requests to DynamoDB. If the driver dies anywhere, its message returns to the queue, and what
was not marked is published again, under the same ids, before anything else: an event's id follows from the event whose
step caused it. So no task is lost, and one that is published twice is one event.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from functions.core.events.event import Event
from functions.core.platform.errors import NotYet
from functions.core.workflows.machine import Commands, Machine
from functions.core.workflows.messages import Message, News, Start
from functions.core.workflows.runs import Cause, Runs, Stored, origin_of
from functions.core.workflows.state import Entry, RunState
from functions.core.workflows.versioned import Put

AGAIN = 2.0  # seconds, at least, until news that a run does not take now comes again


@dataclass(frozen=True)
class Handled:
    """The run after a message, None if there is none; `stray` is why the message changed nothing, "" if it did."""

    state: RunState[Any] | None
    stray: str = ""


@dataclass(frozen=True)
class Driver:
    """Drives the runs of one workflow. `publish` gets the parent of the events, the run's id, and the commands.

    `spill` stores entries of a run's record, by the run and the list that they are of, before its item loses them.
    """

    machine: Machine[Any]
    runs: Runs
    publish: Callable[[Event, str, Commands], None]
    spill: Callable[[str, str, Sequence[Entry]], None]

    def handle(self, run: str, message: Message, event: Event) -> Handled:
        """Handle the message that `event` brings.

        Raises AnotherStep if the run changed meanwhile: then nothing was saved.
        """
        stored = self.runs.read(run)
        if stored is None and not isinstance(message, Start):
            return Handled(None, "there is no such run")
        if stored and stored.origin.correlationid != event.correlationid:
            return Handled(None, "the run is of another causal tree")
        return self.step(run, stored, message, event)

    def interrupt(
        self, run: str, message: Message, event_in: Callable[[Event], Event], also: Sequence[Put] = ()
    ) -> bool:
        """Handle the message of an event of another causal tree, and store the items `also` with the step.

        `event_in` returns the event that stands for it in the tree of the run's origin. Returns False if the run is
        over or missing: then nothing is stored. Raises NotYet for news that the run does not take now.
        """
        stored = self.runs.read(run)
        if stored is None:
            return False
        state = self.machine.read(stored.state)
        if state.end:
            self._settle(run, stored)
            return False
        if isinstance(message, News) and not self.machine.declared.may_join([task.member for task in state.open]):
            self._settle(run, stored)  # the wait ends with the run, whose deadline may be among what it has left
            raise NotYet(f"the run {run} takes no news now", retry_after=AGAIN)
        self.step(run, stored, message, event_in(stored.origin), also)
        return True

    def settle(self, run: str) -> None:
        """Publish what a step of a run left."""
        if stored := self.runs.read(run):
            self._settle(run, stored)

    def step(
        self, run: str, stored: Stored | None, message: Message, event: Event, also: Sequence[Put] = ()
    ) -> Handled:
        """Handle a message to the run that was read, and store the items `also` with it."""
        if stored and stored.outbox:
            self.publish(stored.parent, run, stored.outbox)
        if stored and stored.cause.event == event.id:  # the process that handled it first died on the way
            self.runs.published(run, stored.version)
            return Handled(self.machine.read(stored.state))
        before = self._bounded(run, self.machine.read(stored.state)) if stored else self.machine.new(run)
        after, commands = self.machine.step(before, message)
        now = Stored(
            self.machine.write(after),
            stored.version + 1 if stored else 1,
            stored.origin if stored else origin_of(event),
            Cause(event.id, event.causationid or ""),
            commands,
            summary_of(after),
            stored.started if stored else "",
        )
        self.runs.save(run, now, also)
        if commands:
            self.publish(now.parent, run, commands)
            self.runs.published(run, now.version)
        return Handled(after, after.strays[-1].note if after.strayed > before.strayed else "")

    def _settle(self, run: str, stored: Stored) -> None:
        if stored.outbox:
            self.publish(stored.parent, run, stored.outbox)
            self.runs.published(run, stored.version)

    def _bounded(self, run: str, state: RunState[Any]) -> RunState[Any]:
        """A stored state without the entries that it has no room for. Any process that reads it spills the same."""
        bounded, spilled = state.spilled()
        for kind, entries in spilled.items():
            self.spill(run, kind, entries)
        return bounded


def summary_of(state: RunState[Any]) -> Mapping[str, Any]:
    """What a list of runs shows of one."""
    assigned, waiting = len(state.tasks), len(state.open)
    return {"state": state.end or "running", "reason": state.reason, "assigned": assigned, "waiting": waiting}
