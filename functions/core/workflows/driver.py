"""The driver of a run: read, step, save with the commands, publish them, mark them as published.

A step costs at most three requests to DynamoDB. If the driver dies anywhere, its message returns to the queue: what was
saved is not stepped again, because a copy of a message changes nothing, and what was not marked is published again. So
no task is lost, and one that is published twice has the same id both times: publishing must make one event of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from functions.core.workflows.machine import Commands, Machine
from functions.core.workflows.messages import Message, Start
from functions.core.workflows.runs import Runs, Stored
from functions.core.workflows.state import RunState


@dataclass(frozen=True)
class Driver:
    """Drives the runs of one workflow. `publish` gets a run's id and commands, in their order."""

    machine: Machine[Any]
    runs: Runs
    publish: Callable[[str, Commands], None]

    def handle(self, run: str, message: Message) -> RunState[Any] | None:
        """The run's state after a message; None for a message to a run that does not exist, and is not started by it.

        Raises AnotherStep if the run changed meanwhile: then nothing was saved.
        """
        stored = self.runs.read(run)
        if stored is None and not isinstance(message, Start):
            return None
        if stored and stored.outbox:
            self.publish(run, stored.outbox)
        state = self.machine.read(stored.state) if stored else self.machine.new(run)
        after, commands = self.machine.step(state, message)
        version = stored.version + 1 if stored else 1
        self.runs.save(run, Stored(self.machine.write(after), version, commands))
        if commands:
            self.publish(run, commands)
            self.runs.published(run, version)
        return after
