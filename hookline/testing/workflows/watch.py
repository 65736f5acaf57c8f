"""Watches a run's every step: which messages may come in a state, and what no step may ever do."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import islice
from operator import attrgetter
from typing import Any, Literal

from functions.core.workflows.catalogue import pattern_of
from functions.core.workflows.declaration import PERSON, Declaration
from functions.core.workflows.ends import END_STATES
from functions.core.workflows.machine import COMPENSATED, Commands, Machine
from functions.core.workflows.messages import (
    AskPerson,
    Assign,
    Cancel,
    Compensate,
    Deadline,
    Decision,
    End,
    Message,
    News,
    Reply,
    SetDeadline,
    Start,
    Superseded,
)
from functions.core.workflows.pattern import Bound
from functions.core.workflows.state import MOST_STATE, RunState, Task

RUN = "run"
_RECORD = {"history", "recorded", "strays", "strayed"}
_of_the_run = attrgetter(*(each.name for each in fields(RunState) if each.name not in _RECORD))

State = RunState[Any]
Decided = tuple[Literal["approved", "denied", "expired"], Mapping[str, Any]]
Invariant = Callable[[State, Commands], str]
DECISIONS: Sequence[Decided] = (("approved", {}), ("denied", {}), ("expired", {}))


class Violation(AssertionError):
    """A run does what no run may do."""


@dataclass(frozen=True)
class Case:
    """A declaration to explore: what members may answer to a task, what people may decide, and what must hold.

    `invariant` gets each state that is reached, with the commands that led there, and returns what is wrong, or "". A
    `long` case is for the benchmark: it takes seconds, and the tests have a smaller one of its kind.
    """

    name: str
    declared: Declaration
    answers: Callable[[State, Task], Sequence[Mapping[str, Any]]]
    decisions: Sequence[Decided] = DECISIONS
    entities: Sequence[str] = ()
    invariant: Invariant = lambda state, commands: ""
    long: bool = False


def bound_of(declared: Declaration) -> Bound:
    """The bound that a declaration's pattern states, with the events that may join."""
    return pattern_of(declared).most(declared)


class Watch:
    """The machine of a case, watched."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.machine = Machine(case.declared)
        self.bound = bound_of(case.declared)

    def new(self) -> State:
        """A run before its start."""
        return self.machine.new(RUN)

    def step(self, state: State, message: Message, may_matter: bool) -> tuple[State, bytes] | None:
        """The state after a message, without its record, and its JSON; None if nothing changed. Raises Violation."""
        after, commands = self.machine.step(state, message)
        if _of_the_run(state) == _of_the_run(after):
            _must(not commands, "a message that changes nothing leads to a command")
            _must(after.strayed == state.strayed + 1, "a message that changes nothing is not on record")
            due = isinstance(message, Deadline) and may_matter
            _must(not due, "a deadline changes nothing, so a lost answer is waited for forever")
            return None
        _must(may_matter, "a late, repeated or strange message changes the run")
        bare = after.without_record()
        _must(rank(bare) > rank(state), "the run goes round in a circle")
        stored = self.machine.write(bare)
        _must(len(stored) <= MOST_STATE, f"the state has {len(stored)} bytes")
        for what in (*self._wrong(state, bare, commands), *_wrong_end(bare, commands)):
            raise Violation(what)
        return bare, stored

    def messages(self, state: State) -> Iterator[tuple[Message, bool]]:
        """Every message that may come, and whether it may change something."""
        goes_on, begun = not state.end, state.memory is not None
        yield Start({"n": 1}, self.case.entities), goes_on and not begun
        yield Cancel("enough"), goes_on
        yield Superseded("newer"), goes_on
        yield Deadline(RUN), goes_on and begun
        joins = goes_on and begun and self.case.declared.same_entity == "join"
        yield from ((News(one.event, {"n": 9}), False) for one in state.news)
        yield News(f"event {len(state.news)}", {"n": len(state.news)}), joins
        yield Deadline("run/9/nobody/1"), False
        yield Reply("nobody", "run/9/nobody/1", {}), False
        for task in state.tasks:
            still = goes_on and task.status == "open"
            yield Deadline(task.id), still
            yield Reply("stranger", task.id, {"done": True}), False
            yield self._as_another_kind(task), False
            # After the end one answer stands for all: Machine.step returns before it looks at a message.
            answers = self._answers_to(state, task)
            yield from ((one, still) for one in (answers if goes_on else islice(answers, 1)))

    def _as_another_kind(self, task: Task) -> Message:
        """An agent called "person", or a decision on what no person was asked."""
        return Reply(PERSON, task.id, {"v": 1}) if task.member == PERSON else Decision(task.id, "approved", {"v": 1})

    def _answers_to(self, state: State, task: Task) -> Iterator[Message]:
        if task.member == PERSON:
            yield from (Decision(task.id, result, content) for result, content in self.case.decisions)
        else:
            yield from (Reply(task.member, task.id, content) for content in self.case.answers(state, task))

    def _wrong(self, before: State, after: State, commands: Commands) -> Iterator[str]:
        new = after.tasks[len(before.tasks) :]
        assigned = sorted(one.id for one in commands if isinstance(one, Assign))
        asked = sorted(one.id for one in commands if isinstance(one, AskPerson))
        due = sorted(one.id for one in commands if isinstance(one, SetDeadline))
        if strange := {one.member for one in commands if isinstance(one, Assign)} - {*self.case.declared.members}:
            yield f"a task is given to {', '.join(sorted(strange))}, who is not a member"
        if len({task.id for task in after.tasks}) < len(after.tasks):
            yield "two tasks have the same id"
        if assigned != sorted(task.id for task in new if task.member != PERSON):
            yield "a task is lost or doubled"
        if asked != sorted(task.id for task in new if task.member == PERSON):
            yield "a question is lost or doubled"
        starts = before.memory is None and after.memory is not None
        if due != sorted([*assigned, *asked, *([RUN] if starts else [])]):
            yield "a task has no deadline, or two"
        people = len([one for one in after.tasks if one.member == PERSON])
        if len(after.tasks) - people > self.bound.assignments or people > self.bound.questions:
            yield f"more than {self.bound.assignments} assignments and {self.bound.questions} questions"
        for one in commands:
            if isinstance(one, Assign) and len(one.payload.get("news", ())) != len(after.news):
                yield "a task does not have every event that joined"
        if what := self.case.invariant(after, commands):
            yield what


def rank(state: State) -> int:
    """How far a run is: it grows with every message that changes something."""
    closed = len([task for task in state.tasks if task.status != "open"])
    return closed + (state.memory is not None) + 1_000_000 * bool(state.end)


def _wrong_end(after: State, commands: Commands) -> Iterator[str]:
    ends = [one for one in commands if isinstance(one, End)]
    undone = [one for one in commands if isinstance(one, Compensate)]
    if not after.end:
        if ends or undone:
            yield "a run that goes on says that it is over"
        if after.memory is not None and not after.open:
            yield "the run is stranded: it waits for nothing, and is not over"
        return
    if after.end not in END_STATES or [one.state for one in ends] != [after.end] or commands[-1] != ends[0]:
        yield f"the run ends in {after.end!r} without saying so as the last thing"
    if any(isinstance(one, Assign | AskPerson) for one in commands):
        yield "the run gives tasks at its end"
    if after.open:
        yield "the run is over, and a task is open"
    if undone and after.end not in COMPENSATED:
        yield "a run that was neither cancelled nor superseded is compensated"
    if ends and len(ends[0].result.get("news", ())) != len(after.news):
        yield "the result does not have every event that joined"


def _must(good: bool, what: str) -> None:
    if not good:
        raise Violation(what)
