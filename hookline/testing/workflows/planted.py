"""Members that fail as planned, and how soon a guard sees it."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from functions.core.workflows.declaration import Declaration
from functions.core.workflows.machine import Machine
from functions.core.workflows.messages import AskPerson, Assign, Deadline, Decision, End, Message, Reply, Start
from functions.core.workflows.state import Entry
from hookline.testing.workflows.watch import RUN, Case

# What a member answers to a task; None for no answer at all.
Behaviour = Callable[[Assign], Mapping[str, Any] | None]


@dataclass(frozen=True)
class Planted:
    """A failure that `guard` must see, in a run with these members. People let questions expire."""

    guard: str
    failure: str
    declared: Declaration
    members: Behaviour
    entities: Sequence[str] = ()


@dataclass(frozen=True)
class Off:
    """A guard switched off, `attribute` of a module replaced, and the case whose exploration must then fail."""

    guard: str
    module: str
    attribute: str
    instead: Any
    case: Case
    violation: str


@dataclass(frozen=True)
class Detection:
    """After how many messages, the start included, the guard saw the failure; after how many the run ended, and how."""

    steps: int
    all_steps: int
    end: str
    saw: str


def named(name: str, cases: Sequence[Case]) -> Case:
    """The case of a name."""
    return next(case for case in cases if case.name == name)


def detect(planted: Planted) -> Detection:
    """Run the members, one message after the other. Raises AssertionError if the guard does not see the failure."""
    machine = Machine(planted.declared)
    state, messages, steps = machine.new(RUN), deque[Message]([Start({"n": 1}, planted.entities)]), 0
    seen: tuple[int, str] | None = None
    while messages:
        state, commands = machine.step(state, messages.popleft())
        steps += 1
        seen = seen or next(((steps, one.note) for one in state.history if _is_of(planted.guard, one)), None)
        for command in commands:
            match command:
                case Assign(task, member):
                    answer = planted.members(command)
                    messages.append(Deadline(task) if answer is None else Reply(member, task, answer))
                case AskPerson(question):
                    messages.append(Decision(question, "expired"))
                case End(end):
                    if not seen:
                        raise AssertionError(f"{planted.failure}: {planted.guard} saw nothing, and the run is {end}")
                    return Detection(seen[0], steps, end, seen[1])
    raise AssertionError(f"{planted.failure}: the run is stranded")


def _is_of(guard: str, entry: Entry) -> bool:
    return entry.kind == "guard" and entry.note.startswith(f"{guard}: ")
