"""A manager: an agent whose manifest declares a workflow.

Each event that it subscribes to starts a run, unless the workflow declares otherwise for one about the same entity.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Literal

from functions.core.events.event import Event, child_id
from functions.core.events.reviews import REVIEW_APPROVED, REVIEW_DENIED, REVIEW_SETTLED, is_decision
from functions.core.events.tasks import OPERATOR, RUN_CANCELLED, RUN_DEADLINE, TASK_REPORTED
from functions.core.manifests.agent import AgentManifest
from functions.core.platform.errors import Denied
from functions.core.platform.times import rfc3339
from functions.core.runtime.agent import Agent, Woken
from functions.core.runtime.deadlines import Deadlines
from functions.core.runtime.outcomes import ApprovalRequired, Done, Outcome, Publication
from functions.core.runtime.tools import Tools
from functions.core.workflows.declaration import Declaration
from functions.core.workflows.driver import Driver
from functions.core.workflows.entities import Entities
from functions.core.workflows.machine import Commands, Machine
from functions.core.workflows.messages import (
    AskPerson,
    Assign,
    Cancel,
    Command,
    Compensate,
    Deadline,
    Decision,
    End,
    Message,
    Reply,
    SetDeadline,
    Start,
)
from functions.core.workflows.outcomes import Assigned, Ended, Revoked
from functions.core.workflows.repeats import A_STEP, Repeats
from functions.core.workflows.runs import Runs, run_id
from functions.core.workflows.spill import Spill
from functions.core.workflows.versioned import AnotherStep

REPEATS = 4  # of a step that met another one, before its message returns to the queue
RESULTS: dict[str, Literal["approved", "denied"]] = {REVIEW_APPROVED: "approved", REVIEW_DENIED: "denied"}


class Manager(Agent):
    """Runs the workflow of `manifest` in place of an agent's code.

    A member's report, a decision of people, a deadline and an operator's cancellation are messages to a run; every
    other event starts one, or does to the run about the same entity what the workflow declares.
    """

    def __init__(
        self, manifest: AgentManifest, runs: Runs, entities: Entities, deadlines: Deadlines, spill: Spill, **parts: Any
    ) -> None:
        super().__init__(manifest, _no_code, **parts)
        self._declared: Declaration = manifest.workflow  # type: ignore[assignment]  # the one implementation of Workflow
        self._machine = Machine(self._declared)
        self._runs = runs
        self._entities = entities
        self._spill = spill
        self._deadlines = deadlines
        self._senders = {f"agent.{name}" for name in self._declared.members}

    def _refuse_foreign(self, event: Event) -> None:
        if event.type not in (RUN_DEADLINE, RUN_CANCELLED, TASK_REPORTED):
            super()._refuse_foreign(event)
            return
        senders = {RUN_DEADLINE: {self._manifest.identity}, RUN_CANCELLED: {OPERATOR}}.get(event.type, self._senders)
        if event.source not in senders or event.data.get("agent") != self._manifest.name:
            raise Denied(f"{event.type} from {event.source} is not for a run of {self._manifest.name}")
        self._catalogue.check(event.type, event.data)

    def _refuse_loops(self, event: Event) -> None:
        """What the manager and its operators send is no loop: a run ends within its bound."""
        if event.type in (RUN_DEADLINE, RUN_CANCELLED):
            self._refuse_other_tree(event)
        else:
            super()._refuse_loops(event)

    def _outcomes(self, event: Event, tools: Tools) -> Sequence[Outcome]:
        """What came of the event. Members that answer at once meet at their run, so a step is repeated here first."""
        for _ in range(REPEATS):
            try:
                return self._stepped(event, tools)
            except AnotherStep:  # nothing was saved
                continue
        return self._stepped(event, tools)

    def _stepped(self, event: Event, tools: Tools) -> Sequence[Outcome]:
        if event.type == RUN_DEADLINE and (seconds := event.data["due"] - self._clock()) > 0:
            next_link = self._child(replace(event, hops=event.hops - 1), Publication(event.type, event.data), 1)
            self._deadlines.send(next_link, seconds)
            return [Done("not due yet")]
        driver = Driver(self._machine, self._runs, partial(self._send, tools), self._spill.keep)
        repeats = Repeats(self._declared, driver, self._entities, self._in_tree)
        if event.type in self._declared.ends:
            return [Done(repeats.end(event))]
        if self._starts(event) and (why := self._declared.skips and self._declared.skips(event.data)):
            return [Done(f"starts nothing: {why}")]
        found = message_of(event, self._declared.task)
        if found is None:
            return [Done("the review was decided")]
        run, message = found
        if isinstance(message, Start):
            return [Done(repeats.begin(run, message, event))]
        return [Done(driver.handle(run, message, event).stray or A_STEP)]

    def _starts(self, event: Event) -> bool:
        """Whether an event is none of a run under way, so that it would start one."""
        return not is_decision(event) and event.type not in (TASK_REPORTED, RUN_DEADLINE, RUN_CANCELLED)

    def _in_tree(self, event: Event, type: str, origin: Event) -> Event:
        """What stands for an event of another causal tree in the tree of the run that it concerns.

        The run goes on with the grant of its own origin. On record, the other event is the cause.
        """
        found = replace(
            origin,
            id=child_id(event.id, self._manifest.identity, type),
            source=self._manifest.identity,
            type=type,
            time=rfc3339(self._clock()),
            causationid=event.id,
            hops=origin.hops + 1,
        )
        self._record("received", found, action=type)
        return found

    def _send(self, tools: Tools, parent: Event, run: str, commands: Commands) -> None:
        """Publish commands, and send deadlines. A second time, the events have the same ids."""
        deadlines = [one for one in commands if isinstance(one, SetDeadline)]
        for number, one in enumerate(deadlines, 1):
            due = int(self._clock()) + one.seconds
            data = {"agent": self._manifest.name, "run": run, "deadline": one.id, "due": due}
            self._deadlines.send(self._child(parent, Publication(RUN_DEADLINE, data), number), one.seconds)
        told = [_outcome(run, one) for one in commands if not isinstance(one, SetDeadline)]
        self._publish(Woken(parent, tools, told))


def message_of(event: Event, task: Sequence[str] = ()) -> tuple[str, Message] | None:
    """The run that an event is for, and its message; None for a decision on a question that no run asked.

    `task` are the fields of the data that a run's task has, () for all.
    """
    if is_decision(event):
        evidence = event.data["evidence"]
        run, task = evidence.get("run"), evidence.get("task")
        if not isinstance(run, str) or not isinstance(task, str) or event.type == REVIEW_SETTLED:
            return None
        note = event.data["note"]
        return run, Decision(task, RESULTS.get(event.type, "expired"), _filled_in(note), note)
    data = event.data
    if event.type == TASK_REPORTED:
        return data["run"], Reply(event.source.removeprefix("agent."), data["task"], data["content"])
    if event.type == RUN_DEADLINE:
        return data["run"], Deadline(data["deadline"])
    if event.type == RUN_CANCELLED:
        return data["run"], Cancel(data["reason"])
    given = {name: data[name] for name in task if name in data} if task else data
    return run_id(event.id), Start(given, event.entities)


def _filled_in(note: str) -> dict[str, Any]:
    """What a person fills in: a JSON object as the note of the decision."""
    try:
        found = json.loads(note)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _outcome(run: str, command: Command) -> Outcome:
    match command:
        case Assign():
            return Assigned(run, command)
        case AskPerson():
            evidence = {**command.evidence, "run": run, "task": command.id}
            return ApprovalRequired(None, command.question, evidence, expires_in=command.seconds)
        case Compensate():
            return Revoked(run, command)
        case End():
            return Ended(run, command)
    raise TypeError(f"{type(command).__name__} is not published")


def _no_code(event: Event, tools: Any) -> Outcome:
    raise NotImplementedError("a manager has no code of its own")
