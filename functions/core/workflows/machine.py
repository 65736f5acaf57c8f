"""The machine that runs every pattern: `step(state, message) -> (state, commands)`. Pure; time is only a message.

It does what patterns have in common: ids that follow from (run, round, member, attempt), so that a copy is recognised;
attempts and their deadlines; the run's deadline, cancellation and supersession; events that join; the record. A message
of a stranger, an unknown, late or repeated one, and everything after the end is recorded and changes nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any, Generic

from pydantic import TypeAdapter

from functions.core.platform.canonical import canonical
from functions.core.workflows.catalogue import pattern_of
from functions.core.workflows.contents import MOST_CONTENT, Unfit, json_object
from functions.core.workflows.declaration import PERSON
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
    News,
    Reply,
    SetDeadline,
    Start,
    Superseded,
)
from functions.core.workflows.pattern import D, Ending, M, Moves, Pattern, Run, Work
from functions.core.workflows.state import LONGEST_NOTE, RunState, Task

Commands = tuple[Command, ...]
COMPENSATED = ("cancelled", "superseded")


@dataclass(frozen=True)
class Machine(Generic[D]):
    """The machine of one declaration. Its states can be stored as JSON and read again at any step."""

    declared: D

    @cached_property
    def pattern(self) -> Pattern[D, Any]:
        """The pattern that is declared."""
        return pattern_of(self.declared)

    def new(self, run: str) -> RunState[Any]:
        """The state of the run with the id `run`, before its start."""
        return RunState(run, self.declared.digest, None)

    def write(self, state: RunState[Any]) -> bytes:
        """A state as canonical JSON."""
        return canonical(self._adapter.dump_python(state, mode="json"))

    def read(self, stored: bytes | str) -> RunState[Any]:
        """The state that `write` stored."""
        return self._adapter.validate_json(stored)

    @property
    def _adapter(self) -> TypeAdapter[RunState[Any]]:
        return _adapter(self.pattern.memory)  # type: ignore[arg-type]  # a class is hashable

    def step(self, state: RunState[Any], message: Message) -> tuple[RunState[Any], Commands]:
        """The state after a message, and what is to be done. Never raises, whatever a member answers.

        A run that began under another declaration is not continued under this one: it goes to a person.
        """
        if state.end:
            return _stray(state, message, "after the end")
        if state.declared != self.declared.digest:
            reason = "the workflow's declaration changed during the run"
            known = state.with_news(message) if isinstance(message, News) else state
            return self._ended(known, Ending("handed_to_person", reason, {}))
        match message:
            case Cancel(reason):
                return self._cut_short(state, Ending("cancelled", reason or "cancelled", {}))
            case Superseded(by):
                return self._cut_short(state, Ending("superseded", f"superseded by {by}", {}))
            case Start() if state.memory is None:
                return self._started(state, message)
            case Start():
                return _stray(state, message, "started already")
            case Deadline(id=due) if due == state.run and state.memory is not None:
                return self._cut_short(state, Ending("expired", f"not over after {self.declared.seconds} s", {}))
            case News():
                return self._joined(state, message)
        return self._about_a_task(state, message)

    def _joined(self, state: RunState[Any], news: News) -> tuple[RunState[Any], Commands]:
        """The task is given again with the news, because its holder may be about to answer without."""
        if state.memory is None or self.declared.same_entity != "join":
            return _stray(state, news, "nothing joins" if state.memory else "not started")
        if any(one.event == news.event for one in state.news):
            return _stray(state, news, "again")
        after = state.with_news(news)
        if too_much_news(len(after.news), self.declared.news):
            reason = f"{len(after.news)} events joined the run, {self.declared.news} may"
            seen = after.with_entry("guard", note=f"news: {reason}")
            return self._cut_short(seen, Ending("handed_to_person", reason, {}))
        return self._moved(after, replace(self.pattern.joined(self._run(after)), drop=True))

    def _started(self, state: RunState[Any], start: Start) -> tuple[RunState[Any], Commands]:
        begun = replace(state, task=start.task, entities=tuple(start.entities)).with_entry("started")
        after, commands = self._moved(begun, self.pattern.begin(self._run(begun)))
        return after, (SetDeadline(state.run, self.declared.seconds), *commands)

    def _about_a_task(self, state: RunState[Any], message: Message) -> tuple[RunState[Any], Commands]:
        task_id, member = _addressed(message)
        task = state.find(task_id)
        if task is None:
            return _stray(state, message, "unknown task")
        if member not in (None, task.member) or (isinstance(message, Reply) and task.member == PERSON):
            return _stray(state, message, f"a task of {task.member}")
        if task.status != "open":
            return _stray(state, message, "again" if task.status == "answered" else "late")
        match message:
            case Decision():
                return self._decided(state, task, message)
            case Deadline() if task.member == PERSON:
                return self._decided(state, task, Decision(task.id, "expired"))
            case Deadline():
                return self._failed(state, task, Unfit(f"no answer in {self.declared.patience} s"))
            case Reply(content=content):
                return self._replied(state, task, content)
        return _stray(state, message, "not understood")

    def _replied(self, state: RunState[Any], task: Task, content: object) -> tuple[RunState[Any], Commands]:
        try:
            answer = json_object(content, MOST_CONTENT)
            moves = self.pattern.replied(self._run(state), task, answer)
        except Unfit as unfit:
            return self._failed(state, task, unfit)
        note = canonical(answer).decode()
        return self._moved(state.closed("answered", task.id).with_entry("answered", task.member, task.id, note), moves)

    def _failed(self, state: RunState[Any], task: Task, unfit: Unfit) -> tuple[RunState[Any], Commands]:
        """An attempt without a usable answer: the next attempt, or the pattern does without."""
        reason = str(unfit)
        after = state.closed("failed", task.id).with_entry("failed", task.member, task.id, reason)
        if unfit.guard:
            after = after.with_entry("guard", task.member, task.id, f"{unfit.guard}: {reason}")
        if may_try_again(task.attempt, self.declared.tries):
            again = Work(task.member, task.about)
            return self._assigned(after, again, task.round, task.attempt + 1, reason)
        given = f"attempts: {task.attempt} without a usable answer"
        after = after.with_entry("guard", task.member, task.id, given)
        return self._moved(after, self.pattern.gave_up(self._run(after), task, reason))

    def _decided(self, state: RunState[Any], task: Task, decision: Decision) -> tuple[RunState[Any], Commands]:
        """A person decided. What a person fills in is checked by the pattern; what does not fit counts as denied."""
        try:
            json_object(decision.content, MOST_CONTENT)
            moves = self.pattern.decided(self._run(state), task, decision)
        except Unfit as unfit:
            denied = Decision(task.id, "denied", {}, f"what was filled in does not fit: {unfit}")
            return self._decided(state, task, denied)
        after = state.closed("answered", task.id)
        return self._moved(after.with_entry(decision.result, PERSON, task.id, decision.note), moves)

    def _moved(self, state: RunState[Any], moves: Moves[Any]) -> tuple[RunState[Any], Commands]:
        after = replace(state, memory=moves.memory)
        for seen in moves.seen:
            after = after.with_entry("guard", note=f"{seen.guard}: {seen.note}")
        if moves.end:
            return self._ended(after, moves.end)
        commands: Commands = ()
        if moves.drop:
            after = after.closed("dropped", *(task.id for task in after.open))
        if moves.work or moves.question:
            after = replace(after, rounds=after.rounds + 1)
        for work in moves.work:
            after, assigned = self._assigned(after, work, after.rounds, 1, "")
            commands += assigned
        if question := moves.question:
            task_id, seconds = f"{state.run}/{after.rounds}/{PERSON}/1", self.declared.person_seconds
            asked = Task(task_id, PERSON, question.about, after.rounds, 1)
            after = replace(after, tasks=(*after.tasks, asked)).with_entry("asked", PERSON, task_id, question.text)
            evidence = {**question.evidence, **_news(state)}
            commands += (AskPerson(task_id, question.text, evidence, seconds), SetDeadline(task_id, seconds))
        return after, commands

    def _assigned(
        self, state: RunState[Any], work: Work, number: int, attempt: int, reason: str
    ) -> tuple[RunState[Any], Commands]:
        task_id = f"{state.run}/{number}/{work.member}/{attempt}"
        payload: dict[str, Any] = {"task": state.task, **self.pattern.payload(self._run(state), work), **_news(state)}
        if attempt > 1:
            payload["another_attempt"] = {"attempt": attempt, "because": reason}
        task = Task(task_id, work.member, work.about, number, attempt)
        after = replace(state, tasks=(*state.tasks, task)).with_entry("assigned", work.member, task_id, work.about)
        return after, (Assign(task_id, work.member, payload), SetDeadline(task_id, self.declared.patience))

    def _cut_short(self, state: RunState[Any], ending: Ending) -> tuple[RunState[Any], Commands]:
        so_far: Mapping[str, Any] = {} if state.memory is None else self.pattern.so_far(self._run(state))
        return self._ended(state, replace(ending, result=so_far))

    def _ended(self, state: RunState[Any], ending: Ending) -> tuple[RunState[Any], Commands]:
        """The end. A cancelled or superseded run first compensates, the latest task first: also where no answer came,
        because what the member did may only not have been reported.
        """
        acted = [task for task in reversed(state.tasks) if task.member in self.declared.compensates]
        undo = [Compensate(f"{one.id}/undo", one.member, one.id) for one in acted if ending.state in COMPENSATED]
        closed = state.closed("dropped", *(task.id for task in state.open))
        reason = ending.reason[:LONGEST_NOTE]
        over = replace(closed, end=ending.state, reason=reason).with_entry("ended", note=reason)
        return over, (*undo, End(ending.state, reason, {**ending.result, **_news(state)}))

    def _run(self, state: RunState[M]) -> Run[D, Any]:
        return Run(self.declared, state.task, state.entities, state.memory, state.tasks)


@cache
def _adapter(memory: Any) -> TypeAdapter[RunState[Any]]:
    """Made once for each pattern: it takes milliseconds."""
    return TypeAdapter(RunState[memory | None])


def may_try_again(attempt: int, tries: int) -> bool:
    """Whether a task whose attempt number `attempt` failed is given once more."""
    return attempt < tries


def too_much_news(joined: int, most: int) -> bool:
    """Whether more events joined a run than may."""
    return joined > most


def _news(state: RunState[Any]) -> Mapping[str, Any]:
    """The data of the events that joined, for members, people and the result."""
    return {"news": [one.data for one in state.news]} if state.news else {}


def _addressed(message: Message) -> tuple[str, str | None]:
    """Which task a message is about, and whose it must be; None for anybody's."""
    match message:
        case Reply(member, task):
            return task, member
        case Decision(task):
            return task, PERSON
        case Deadline(id=due):
            return due, None
    return "", None


def _stray(state: RunState[Any], message: Message, why: str) -> tuple[RunState[Any], Commands]:
    task_id, member = _addressed(message)
    return state.with_stray(type(message).__name__.lower(), member or "", task_id, why), ()
