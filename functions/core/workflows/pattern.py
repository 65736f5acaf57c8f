"""What a pattern is: pure answers to what happens in a run. It moves; functions.core.workflows.machine does the rest.

The machine keeps the tasks (ids, attempts, deadlines, duplicates, strangers) and the end; so a pattern knows no id but
of the tasks that it is asked about, and cannot act after the end.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from functions.core.workflows.declaration import Declaration
from functions.core.workflows.ends import EndState
from functions.core.workflows.messages import Decision
from functions.core.workflows.state import Task

D = TypeVar("D", bound=Declaration)
M = TypeVar("M")


@dataclass(frozen=True)
class Bound:
    """The most that a run does: tasks assigned (each attempt counts) and questions to people."""

    assignments: int
    questions: int = 0

    @property
    def tasks(self) -> int:
        """Both together."""
        return self.assignments + self.questions

    @property
    def steps(self) -> int:
        """The most messages that change a run: the start, and each one after it closes a task or a question."""
        return self.tasks + 1


@dataclass(frozen=True)
class Run(Generic[D, M]):
    """What a pattern sees of a run. `tasks` are all of them, with their status."""

    declared: D
    task: Mapping[str, Any]
    entities: tuple[str, ...]
    memory: M
    tasks: tuple[Task, ...] = ()


@dataclass(frozen=True)
class Work:
    """A task to assign; `about` tells the pattern which."""

    member: str
    about: str


@dataclass(frozen=True)
class Question:
    """A question to a person; `about` tells the pattern which."""

    about: str
    text: str
    evidence: Mapping[str, Any]


@dataclass(frozen=True)
class Ending:
    """The end of the run."""

    state: EndState
    reason: str
    result: Mapping[str, Any]


@dataclass(frozen=True)
class Seen:
    """What a guard saw."""

    guard: str
    note: str


@dataclass(frozen=True)
class Moves(Generic[M]):
    """What a pattern wants: its new memory, and tasks, a question, or the end.

    `drop` drops every task that is still open, because its answer no longer matters; an end does so too.
    """

    memory: M
    work: tuple[Work, ...] = ()
    question: Question | None = None
    end: Ending | None = None
    seen: tuple[Seen, ...] = ()
    drop: bool = False


class Pattern(ABC, Generic[D, M]):
    """One orchestration pattern. A subclass in a module of functions.core.workflows.patterns is found by itself.

    Every method is pure. An answer that does not fit raises Unfit: the machine gives the task again, with the reason,
    as often as declared, and then calls `gave_up`.
    """

    declaration: ClassVar[type[Declaration]]
    memory: ClassVar[type[Any]]
    # Each guard, and what it sees. All of them are always on.
    guards: ClassVar[Mapping[str, str]]

    @abstractmethod
    def bound(self, declared: D) -> Bound:
        """The most that a run with this declaration does, if no event joins it."""

    def most(self, declared: D) -> Bound:
        """`bound`, with what events that join a run add: each gives one task again, with all its attempts."""
        bound = self.bound(declared)
        if declared.same_entity != "join":
            return bound
        questions = bound.questions + declared.news if bound.questions else 0
        return Bound(bound.assignments + declared.news * declared.tries, questions)

    @abstractmethod
    def begin(self, run: Run[D, None]) -> Moves[M]:
        """The first moves."""

    @abstractmethod
    def payload(self, run: Run[D, M], work: Work) -> Mapping[str, Any]:
        """What the member gets with a task, in addition to the run's task and the reason for another attempt."""

    @abstractmethod
    def replied(self, run: Run[D, M], task: Task, content: Mapping[str, Any]) -> Moves[M]:
        """A member answered an open task. Raises Unfit."""

    @abstractmethod
    def gave_up(self, run: Run[D, M], task: Task, reason: str) -> Moves[M]:
        """No attempt of a task brought a usable answer; `reason` is that of the last one."""

    def decided(self, run: Run[D, M], task: Task, decision: Decision) -> Moves[M]:
        """A person decided, or the time for it is over ("expired"). A pattern that asks nobody ends here."""
        reason = f"this pattern asks nobody; a person decided: {decision.result}"
        return Moves(run.memory, end=Ending("handed_to_person", reason, self.so_far(run)))

    def joined(self, run: Run[D, M]) -> Moves[M]:
        """An event joined the run: who has the task gets it again, with the event's data in the payload."""
        return Moves(run.memory, tuple(Work(task.member, task.about) for task in run.tasks if task.status == "open"))

    @abstractmethod
    def so_far(self, run: Run[D, M]) -> Mapping[str, Any]:
        """What the run has, for the result of one that is cut short."""
