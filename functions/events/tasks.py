"""Tasks: what a manager gives to the members of its workflow, what they report, and how a run ends."""

from typing import Any, ClassVar

from pydantic import Field

from functions.api.event import DomainEvent, Identifier, Text

RUN = {"run": "1f0c3a5be1d7428899aa00bb", "task": "1f0c3a5be1d7428899aa00bb/1/fraud/1"}


class TaskAssigned(DomainEvent):
    """The workflow of `manager` gives `agent` a task; the answer is a Report.

    `payload` has the run's `task` (the data of the event that started the run), what the pattern adds, and for another
    attempt the reason.
    """

    detail_type = "task.assigned"
    owner = "platform"
    example: ClassVar = {"agent": "fraud", "manager": "board", **RUN, "payload": {"task": {"charge": "ch_Example"}}}

    agent: str
    manager: str
    run: Identifier
    task: Identifier
    payload: dict[str, Any]


class TaskRevoked(DomainEvent):
    """A run was cancelled, and `agent` undoes what it did for `task`. It may not have acted, or may not have begun."""

    detail_type = "task.revoked"
    owner = "platform"
    example: ClassVar = {"agent": "fraud", "manager": "board", **RUN}

    agent: str
    manager: str
    run: Identifier
    task: Identifier


class TaskReported(DomainEvent):
    """A member reports to the manager `agent` what it found for `task`."""

    detail_type = "task.reported"
    owner = "platform"
    example: ClassVar = {"agent": "board", **RUN, "content": {"verdict": "allow"}}

    agent: str
    run: Identifier
    task: Identifier
    content: dict[str, Any]


class WorkflowEnded(DomainEvent):
    """A run of `manager` ended; `result` is what the pattern has by then, with what members wrote."""

    detail_type = "workflow.ended"
    owner = "platform"
    example: ClassVar = {
        "manager": "board",
        "run": RUN["run"],
        "state": "merged",
        "reason": "every field has one value",
        "result": {"merged": {"verdict": "allow"}},
    }

    manager: str
    run: Identifier
    state: str
    reason: Text
    result: dict[str, Any]


class WorkflowDeadline(DomainEvent):
    """The time for `deadline`, a run or one of its tasks, is over at `due` (unix seconds).

    A manager sends it to itself, and nothing publishes it.
    """

    detail_type = "workflow.deadline"
    owner = "platform"
    example: ClassVar = {"agent": "board", "run": RUN["run"], "deadline": RUN["task"], "due": 1790086400}

    agent: str
    run: Identifier
    deadline: Identifier
    due: int = Field(ge=0)


class WorkflowCancelled(DomainEvent):
    """An operator ends a run of the manager `agent`, and sends this to its queue. Nothing publishes it."""

    detail_type = "workflow.cancelled"
    owner = "platform"
    example: ClassVar = {"agent": "board", "run": RUN["run"], "reason": "the customer called"}

    agent: str
    run: Identifier
    reason: Text
