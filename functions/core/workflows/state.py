"""The state of a run: frozen, bounded, and nothing in it that canonical JSON cannot hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, Literal, TypeVar

from functions.core.workflows.ends import EndState
from functions.core.workflows.messages import News

# With more entries than that, a state is stored with the newest only, and the others elsewhere.
MOST_HISTORY, KEPT_HISTORY = 60, 30
MOST_STRAYS, KEPT_STRAYS = 20, 10
LONGEST_NOTE = 200
LONGEST_NAME = 100

# With a declaration at its limits and answers at theirs. A DynamoDB item holds 400 kB, and the commands go beside it.
MOST_STATE = 170_000

Status = Literal["open", "answered", "failed", "dropped"]
M = TypeVar("M")


@dataclass(frozen=True)
class Task:
    """One attempt of one task of a member, or one question to a person.

    `round` counts what the pattern asked for; `about` is the pattern's word for what it is. "failed" is an attempt
    without a usable answer, "dropped" one whose answer no longer mattered.
    """

    id: str
    member: str
    about: str
    round: int
    attempt: int
    status: Status = "open"


def member_of(task_id: str) -> str:
    """The member in a task's id, which is "<run>/<round>/<member>/<attempt>"; "" if it is none."""
    parts = task_id.split("/")
    return parts[2] if len(parts) == 4 else ""


@dataclass(frozen=True)
class Entry:
    """One line of a run's history. `number` counts from 1, so that what was left out can be seen.

    Of kind "guard", `note` begins with the guard's name.
    """

    number: int
    kind: str
    member: str
    task: str
    note: str


@dataclass(frozen=True)
class RunState(Generic[M]):
    """A run of one workflow.

    `memory` is the pattern's own, None before the start. `tasks` has every attempt ever made, so that a copy of a reply
    is known as such. `news` are the events that joined the run. `history` and `strays` (messages that changed nothing)
    are the newest entries; `recorded` and `strayed` count all of them. `end` is "" while the run goes on.
    """

    run: str
    declared: str
    memory: M
    task: Mapping[str, Any] = field(default_factory=dict)
    entities: tuple[str, ...] = ()
    rounds: int = 0
    tasks: tuple[Task, ...] = ()
    news: tuple[News, ...] = ()
    end: EndState | Literal[""] = ""
    reason: str = ""
    history: tuple[Entry, ...] = ()
    recorded: int = 0
    strays: tuple[Entry, ...] = ()
    strayed: int = 0

    @property
    def open(self) -> tuple[Task, ...]:
        """The tasks that wait for an answer."""
        return tuple(task for task in self.tasks if task.status == "open")

    def find(self, task_id: str) -> Task | None:
        """The task with an id, None if this run never gave it."""
        return next((task for task in self.tasks if task.id == task_id), None)

    def closed(self, status: Status, *task_ids: str) -> "RunState[M]":
        """With these tasks closed, if they are open."""
        closing = {task.id for task in self.open if task.id in task_ids}
        tasks = (replace(task, status=status) if task.id in closing else task for task in self.tasks)
        return replace(self, tasks=tuple(tasks))

    def with_entry(self, kind: str, member: str = "", task: str = "", note: str = "") -> "RunState[M]":
        """With one more line of history."""
        number = self.recorded + 1
        history = (*self.history, _entry(number, kind, member, task, note))
        return replace(self, history=history, recorded=number)

    def with_news(self, news: News) -> "RunState[M]":
        """With one more event that joined the run."""
        return replace(self, news=(*self.news, news)).with_entry("joined", note=news.event)

    def with_stray(self, kind: str, member: str = "", task: str = "", note: str = "") -> "RunState[M]":
        """With one more message on record that changed nothing. They have a list of their own: no flood of them
        displaces what the run did.
        """
        number = self.strayed + 1
        strays = (*self.strays, _entry(number, kind, member, task, note))
        return replace(self, strays=strays, strayed=number)

    def spilled(self) -> tuple["RunState[M]", Mapping[str, tuple[Entry, ...]]]:
        """The state with its newest entries only, and the others by the name of their list; each as long as it may be.

        What is spilled depends on the state alone, so the same state always spills the same.
        """
        limits = {"history": (MOST_HISTORY, KEPT_HISTORY), "strays": (MOST_STRAYS, KEPT_STRAYS)}
        lists = {name: getattr(self, name) for name in limits}
        spilled = {name: lists[name][:-kept] for name, (most, kept) in limits.items() if len(lists[name]) > most}
        kept = {name: lists[name][len(entries) :] for name, entries in spilled.items()}
        return replace(self, **kept), spilled

    def without_record(self) -> "RunState[M]":
        """Without what a machine writes and never reads."""
        return replace(self, history=(), recorded=0, strays=(), strayed=0)


def _entry(number: int, kind: str, member: str, task: str, note: str) -> Entry:
    return Entry(number, kind, str(member)[:LONGEST_NAME], str(task)[:LONGEST_NAME], str(note)[:LONGEST_NOTE])
