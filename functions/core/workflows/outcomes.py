"""The outcomes of members and managers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from functions.core.events.tasks import RUN_ENDED, TASK_ASSIGNED, TASK_REPORTED, TASK_REVOKED
from functions.core.platform.errors import Denied
from functions.core.runtime.outcomes import Context, Outcome, Publication
from functions.core.workflows.messages import Assign, Compensate, End


@dataclass(frozen=True)
class Report(Outcome):
    """A member's answer to the task that woke it, or because of which it waited.

    What `content` holds depends on the pattern.
    """

    content: Mapping[str, Any]
    why: str = ""

    @property
    def subject(self) -> str:
        return TASK_REPORTED

    def publication(self, context: Context) -> Publication:
        woken, waited = context.event, context.waited
        if waited and woken.type != TASK_ASSIGNED:
            woken = waited.event  # the task's: the run is of that tree
        if woken.type != TASK_ASSIGNED:
            raise Denied(f"a Report answers {TASK_ASSIGNED}, and {woken.type} woke the agent")
        manager = woken.source.removeprefix("agent.")
        told = {"agent": manager, "run": woken.data["run"], "task": woken.data["task"], "content": dict(self.content)}
        return Publication(TASK_REPORTED, told, woken)


@dataclass(frozen=True)
class Assigned(Outcome):
    """A manager gives a member a task."""

    run: str
    command: Assign
    why: str = ""

    @property
    def subject(self) -> str:
        return f"{TASK_ASSIGNED} {self.command.id}"

    def publication(self, context: Context) -> Publication:
        given = self.command
        told = {"agent": given.member, "manager": context.manifest.name, "run": self.run, "task": given.id}
        return Publication(TASK_ASSIGNED, {**told, "payload": dict(given.payload)})


@dataclass(frozen=True)
class Revoked(Outcome):
    """A manager asks a member to undo a task."""

    run: str
    command: Compensate
    why: str = ""

    @property
    def subject(self) -> str:
        return f"{TASK_REVOKED} {self.command.task}"

    def publication(self, context: Context) -> Publication:
        given = self.command
        told = {"agent": given.member, "manager": context.manifest.name, "run": self.run, "task": given.task}
        return Publication(TASK_REVOKED, told)


@dataclass(frozen=True)
class Ended(Outcome):
    """A run is over. Its reason may quote members, so only the end state is on record."""

    run: str
    command: End
    why: str = ""

    @property
    def subject(self) -> str:
        return f"{RUN_ENDED} {self.command.state}"

    def publication(self, context: Context) -> Publication:
        end = self.command
        told = {"manager": context.manifest.name, "run": self.run, "state": end.state, "reason": end.reason}
        return Publication(RUN_ENDED, {**told, "result": dict(end.result)})
