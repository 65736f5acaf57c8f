"""The driver of a run: read, step, save with the commands, publish them, mark them as published.

A step costs at most three requests to DynamoDB. If the driver dies anywhere, its message returns to the queue, and what
was not marked is published again, under the same ids, before anything else: an event's id follows from the event whose
step caused it. So no task is lost, and one that is published twice is one event.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from functions.core.events.event import Event
from functions.core.workflows.machine import Commands, Machine
from functions.core.workflows.messages import Message, Start
from functions.core.workflows.runs import Cause, Runs, Stored, origin_of
from functions.core.workflows.state import RunState


@dataclass(frozen=True)
class Handled:
    """The run after a message, None if there is none; `stray` is why the message changed nothing, "" if it did."""

    state: RunState[Any] | None
    stray: str = ""


@dataclass(frozen=True)
class Driver:
    """Drives the runs of one workflow. `publish` gets the parent of the events, the run's id, and the commands."""

    machine: Machine[Any]
    runs: Runs
    publish: Callable[[Event, str, Commands], None]

    def handle(self, run: str, message: Message, event: Event) -> Handled:
        """Handle the message that `event` brings.

        Raises AnotherStep if the run changed meanwhile: then nothing was saved.
        """
        stored = self.runs.read(run)
        if stored is None and not isinstance(message, Start):
            return Handled(None, "there is no such run")
        if stored and stored.origin.correlationid != event.correlationid:
            return Handled(None, "the run is of another causal tree")
        if stored and stored.outbox:
            self.publish(stored.parent, run, stored.outbox)
        if stored and stored.cause.event == event.id:  # the process that handled it first died on the way
            self.runs.published(run, stored.version)
            return Handled(self.machine.read(stored.state))
        before = self.machine.read(stored.state) if stored else self.machine.new(run)
        after, commands = self.machine.step(before, message)
        now = Stored(
            self.machine.write(after),
            stored.version + 1 if stored else 1,
            stored.origin if stored else origin_of(event),
            Cause(event.id, event.causationid or ""),
            commands,
        )
        self.runs.save(run, now)
        if commands:
            self.publish(now.parent, run, commands)
            self.runs.published(run, now.version)
        return Handled(after, after.strays[-1].note if after.strayed > before.strayed else "")
