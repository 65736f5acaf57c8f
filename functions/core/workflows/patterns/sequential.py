"""Sequential: stages one after the other, with a gate after each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from functions.core.workflows.declaration import PERSON, Declaration, twice
from functions.core.workflows.gates import Gate, must_pass
from functions.core.workflows.messages import Decision
from functions.core.workflows.pattern import Bound, Ending, Moves, Pattern, Question, Run, Work
from functions.core.workflows.state import Task


@dataclass(frozen=True)
class Stage:
    """One stage: who does it, and the gate that its output must pass."""

    name: str
    member: str
    gate: Gate


@dataclass(frozen=True, kw_only=True)
class Sequential(Declaration):
    """The stages in their order.

    A stage whose output fails its gate is given again, `attempts` times in all, with the reason. Then a person is asked
    for the output.
    """

    stages: Sequence[Stage]

    cannot_join: ClassVar[str] = "a stage that is done does not know of it"

    @property
    def members(self) -> Sequence[str]:
        return [stage.member if isinstance(stage, Stage) else "" for stage in self.stages]

    def own_findings(self) -> Iterator[str]:
        if not self.stages:
            yield "stages: write at least one"
        yield from twice("stage", [stage.name for stage in self.stages])
        for stage in self.stages:
            yield from stage.gate.findings(f"stage {stage.name!r}")


@dataclass(frozen=True)
class Output:
    """What a stage gave, by whom, and with which attempt."""

    stage: str
    member: str
    attempt: int
    output: Mapping[str, Any]


@dataclass(frozen=True)
class Outputs:
    """The outputs that passed, in the order of the stages."""

    passed: tuple[Output, ...] = ()

    @property
    def by_stage(self) -> Mapping[str, Mapping[str, Any]]:
        """The outputs by the names of their stages."""
        return {one.stage: one.output for one in self.passed}

    @property
    def shown(self) -> list[Mapping[str, Any]]:
        """The outputs with where they come from, for later stages and for people."""
        return [vars(one) for one in self.passed]


class SequentialPattern(Pattern[Sequential, Outputs]):
    """`about` is a stage's name."""

    declaration = Sequential
    memory = Outputs
    guards = {
        "gate": "an output that the next stage must not build on",
        "attempts": "a stage that fails its gate again and again",
    }

    def bound(self, declared: Sequential) -> Bound:
        return Bound(len(declared.stages) * declared.tries, len(declared.stages))

    def begin(self, run: Run[Sequential, None]) -> Moves[Outputs]:
        return self._next(replace(run, memory=Outputs()))  # type: ignore[arg-type]  # begins to have a memory

    def payload(self, run: Run[Sequential, Outputs], work: Work) -> Mapping[str, Any]:
        return {"stage": work.about, "before": run.memory.shown}

    def replied(self, run: Run[Sequential, Outputs], task: Task, content: Mapping[str, Any]) -> Moves[Outputs]:
        must_pass(_stage(run, task).gate, content, run.memory.by_stage)
        return self._passed(run, Output(task.about, task.member, task.attempt, content))

    def gave_up(self, run: Run[Sequential, Outputs], task: Task, reason: str) -> Moves[Outputs]:
        text = f"Stage {task.about} of {task.member} failed {task.attempt} times: {reason}. What is its output?"
        return Moves(run.memory, question=Question(task.about, text, self.so_far(run)))

    def decided(self, run: Run[Sequential, Outputs], task: Task, decision: Decision) -> Moves[Outputs]:
        """A person's output passes the same gate."""
        if decision.result != "approved":
            reason = f"nobody gave the output of stage {task.about}: {decision.result}"
            return Moves(run.memory, end=Ending("handed_to_person", reason, self.so_far(run)))
        must_pass(_stage(run, task).gate, decision.content, run.memory.by_stage)
        return self._passed(run, Output(task.about, PERSON, 1, decision.content))

    def so_far(self, run: Run[Sequential, Outputs]) -> Mapping[str, Any]:
        return {"outputs": run.memory.shown}

    def _passed(self, run: Run[Sequential, Outputs], output: Output) -> Moves[Outputs]:
        return self._next(replace(run, memory=Outputs((*run.memory.passed, output))))

    def _next(self, run: Run[Sequential, Outputs]) -> Moves[Outputs]:
        done = len(run.memory.passed)
        if done == len(run.declared.stages):
            return Moves(run.memory, end=Ending("completed", "every stage passed its gate", self.so_far(run)))
        stage = run.declared.stages[done]
        return Moves(run.memory, (Work(stage.member, stage.name),))


def _stage(run: Run[Sequential, Outputs], task: Task) -> Stage:
    return next(stage for stage in run.declared.stages if stage.name == task.about)
