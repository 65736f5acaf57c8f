"""Magentic: a planner with a ledger gives workers one task after the other, reviews the progress, and replans."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from functions.core.workflows.contents import Unfit, facts_in, text_in, word_in
from functions.core.workflows.declaration import Declaration, twice, whole
from functions.core.workflows.ends import EndState
from functions.core.workflows.facts import learnt
from functions.core.workflows.ledger import Ledger, Rules, guesses_in, items_in
from functions.core.workflows.pattern import Bound, Ending, Moves, Pattern, Run, Seen, Work
from functions.core.workflows.state import Task

MOST_STEPS = 30
MOST_REPLANS = 5
PLAN = "plan"  # what a planner's task is about; a worker's is about the index of its item


@dataclass(frozen=True, kw_only=True)
class Magentic(Declaration):
    """Who plans, a member or Rules, and who works.

    The run has at most `steps` tasks of workers, attempts aside, and `replans` plans after the first. After `stall`
    reports without progress in a row, the planner plans anew.
    """

    planner: str | Rules
    workers: Sequence[str]
    steps: int = 12
    replans: int = 2
    stall: int = 2

    @property
    def members(self) -> Sequence[str]:
        return (*([] if isinstance(self.planner, Rules) else [self.planner]), *self.workers)

    def own_findings(self) -> Iterator[str]:
        if not self.workers:
            yield "workers: name at least one"
        yield from twice("member", self.members)
        wrong = (
            *whole("steps", self.steps, 1, MOST_STEPS),
            *whole("replans", self.replans, 0, MOST_REPLANS),
            *whole("stall", self.stall, 1, MOST_STEPS),
        )
        yield from wrong
        if not wrong and self.stall > self.steps:
            yield f"stall {self.stall}: more than the {self.steps} steps, so no stall would ever be seen"
        if isinstance(self.planner, Rules):
            yield from self.planner.findings(self.workers)


class MagenticPattern(Pattern[Magentic, Ledger]):
    """`about` is PLAN, or the index of an item of the plan."""

    declaration = Magentic
    memory = Ledger
    guards = {
        "stall": "reports without progress: no new fact, and nothing done",
        "replans": "a planner that plans again and again",
        "steps": "progress that never comes to an end",
        "drift": "a task about something that the grant does not name",
        "attempts": "a member that does not answer, or answers what is not understood",
    }

    def bound(self, declared: Magentic) -> Bound:
        # Each plan, the first and the replans, leads to at most one further question to the planner.
        planning = 0 if isinstance(declared.planner, Rules) else declared.replans + 2
        return Bound((declared.steps + planning) * declared.tries)

    def begin(self, run: Run[Magentic, None]) -> Moves[Ledger]:
        return self._ask_planner(run, Ledger(), ())

    def payload(self, run: Run[Magentic, Ledger], work: Work) -> Mapping[str, Any]:
        ledger = run.memory
        if work.about == PLAN:
            entities, workers = list(run.entities), list(run.declared.workers)
            return {**ledger.shown, "say": _may_say(run, ledger), "entities": entities, "workers": workers}
        item = ledger.plan[int(work.about)]
        return {"entity": item.entity, "do": item.do, "facts": ledger.shown["facts"]}

    def replied(self, run: Run[Magentic, Ledger], task: Task, content: Mapping[str, Any]) -> Moves[Ledger]:
        ledger = replace(run.memory, facts=_facts(run.memory, task.member, content))
        if task.about == PLAN:
            return self._planned(run, ledger, content)
        done = content.get("done")
        if type(done) is not bool:
            raise Unfit("done: write true or false")
        if done:
            settled = ledger.settled(int(task.about), "done", text_in(content, "result"))
            return self._next(run, replace(settled, idle=0))
        if progressed(run.memory, ledger):
            return self._next(run, replace(ledger, idle=0))
        idle = replace(ledger, idle=ledger.idle + 1)
        if not stalled(idle.idle, run.declared.stall):
            return self._next(run, idle)
        seen = Seen("stall", f"{idle.idle} reports without progress, the last of {task.member}")
        return self._replan(run, idle.settled(int(task.about), "failed", seen.note), seen.note, (seen,))

    def gave_up(self, run: Run[Magentic, Ledger], task: Task, reason: str) -> Moves[Ledger]:
        note = f"no answer of {task.member}: {reason}"
        if task.about == PLAN:
            return _over(run.memory, _best_or(run.memory, "handed_to_person"), note, ())
        return self._replan(run, run.memory.settled(int(task.about), "failed", note), note, ())

    def so_far(self, run: Run[Magentic, Ledger]) -> Mapping[str, Any]:
        return run.memory.shown

    def _ask_planner(self, run: Run[Magentic, Any], ledger: Ledger, seen: tuple[Seen, ...]) -> Moves[Ledger]:
        """A planner that is a rule answers at once, so its answer is what happens next."""
        planner = run.declared.planner
        if not isinstance(planner, Rules):
            return Moves(ledger, (Work(planner, PLAN),), seen=seen)
        try:
            moves = self._planned(run, ledger, planner.plan(ledger, run.entities))
        except Unfit:  # their workers and entities are known, so it is a plan too many
            limit = Seen("replans", f"the rules want another plan, and {run.declared.replans} replans are used up")
            return _over(ledger, _best_or(ledger, "handed_to_person"), limit.note, (*seen, limit))
        return replace(moves, seen=(*seen, *moves.seen))

    def _planned(self, run: Run[Magentic, Any], ledger: Ledger, content: Mapping[str, Any]) -> Moves[Ledger]:
        says = word_in(content, "says", _may_say(run, ledger))
        if says == "done":
            result = {**ledger.shown, "result": text_in(content, "result")}
            return Moves(ledger, end=Ending("completed", "the planner says that it is done", result))
        if says == "give_up":
            return _over(ledger, "handed_to_person", text_in(content, "why"), ())
        plan = items_in(content, run.declared.workers, run.entities)
        planned = replace(ledger, plan=plan, guesses=guesses_in(content), plans=ledger.plans + 1, idle=0, why="")
        return self._next(run, planned)

    def _next(self, run: Run[Magentic, Any], ledger: Ledger) -> Moves[Ledger]:
        """The next open item of the plan; without one, the planner reviews what was done."""
        index = ledger.next
        if index is None:
            return self._ask_planner(run, ledger, ())
        if no_step_left(ledger.steps, run.declared.steps):
            limit = Seen("steps", f"not done after {run.declared.steps} steps")
            return _over(ledger, _best_or(ledger, "handed_to_person"), limit.note, (limit,))
        return Moves(replace(ledger, steps=ledger.steps + 1), (Work(ledger.plan[index].worker, str(index)),))

    def _replan(self, run: Run[Magentic, Any], ledger: Ledger, why: str, seen: tuple[Seen, ...]) -> Moves[Ledger]:
        if no_plan_left(ledger.plans, run.declared.replans):
            limit = Seen("replans", f"no progress, and {run.declared.replans} replans are used up")
            return _over(ledger, "stalled", why, (*seen, limit))
        return self._ask_planner(run, replace(ledger, why=why, idle=0), seen)


def progressed(before: Ledger, after: Ledger) -> bool:
    """Whether a report brought a new fact."""
    return len(after.facts) > len(before.facts)


def stalled(idle: int, most: int) -> bool:
    """Whether there were too many reports without progress in a row."""
    return idle >= most


def no_plan_left(plans: int, replans: int) -> bool:
    """Whether the first plan and every replan were made."""
    return plans > replans


def no_step_left(steps: int, most: int) -> bool:
    """Whether every step was made."""
    return steps >= most


def _may_say(run: Run[Magentic, Any], ledger: Ledger) -> Sequence[str]:
    """What a planner may say: done only if something is done."""
    plan = [] if no_plan_left(ledger.plans, run.declared.replans) else ["plan"]
    done = any(one.item.status == "done" for one in ledger.progress)
    return [*plan, *(["done"] if done else []), "give_up"]


def _facts(ledger: Ledger, member: str, content: Mapping[str, Any]) -> Any:
    return learnt(ledger.facts, member, ledger.steps, facts_in(content, "learnt"))


def _best_or(ledger: Ledger, otherwise: EndState) -> EndState:
    """best_so_far if anything was done."""
    return "best_so_far" if any(one.item.status == "done" for one in ledger.progress) else otherwise


def _over(ledger: Ledger, state: EndState, reason: str, seen: tuple[Seen, ...]) -> Moves[Ledger]:
    return Moves(ledger, end=Ending(state, reason, ledger.shown), seen=seen)
