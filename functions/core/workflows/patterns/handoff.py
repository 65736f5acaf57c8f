"""Handoff: triage finds the specialist; the holder of the task finishes it or hands it on, with what was learnt."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from functions.core.workflows.contents import Unfit, facts_in, text_in, word_in
from functions.core.workflows.declaration import PERSON, Declaration, one_of, twice
from functions.core.workflows.facts import Fact, learnt
from functions.core.workflows.pattern import Bound, Ending, Moves, Pattern, Run, Seen, Work
from functions.core.workflows.state import Task


@dataclass(frozen=True, kw_only=True)
class Handoff(Declaration):
    """Who begins, and who may be handed the task. Every member may hand it to every other, or to a person.

    With `joins="triage"` an event joins a run only while its triage has the task. Later ones wait until the run is
    over, and start a run of their own: the specialist may have acted, and would answer without them.
    """

    triage: str
    specialists: Sequence[str]
    joins: Literal["always", "triage"] = "always"

    @property
    def members(self) -> Sequence[str]:
        return (self.triage, *self.specialists)

    def may_join(self, holders: Sequence[str]) -> bool:
        return self.joins == "always" or all(member == self.triage for member in holders)

    @property
    def hops(self) -> int:
        """How many hand-offs a run may have: one more than there are agents."""
        return len(self.members) + 1

    def own_findings(self) -> Iterator[str]:
        if not self.specialists:
            yield "specialists: name at least one, or there is nobody to hand the task to"
        yield from twice("member", self.members)
        yield from one_of("joins", self.joins, ("always", "triage"))


@dataclass(frozen=True)
class Hop:
    """One hand-off: from whom, to whom, and why."""

    giver: str
    taker: str
    reason: str


@dataclass(frozen=True)
class Trail:
    """Where the task has been. `silent` are members that did not answer: nobody is sent to them again."""

    holder: str
    hops: tuple[Hop, ...] = ()
    facts: tuple[Fact, ...] = ()
    silent: tuple[str, ...] = ()

    @property
    def shown(self) -> Mapping[str, Any]:
        """For members, people and the result."""
        facts = [{"member": fact.member, "text": fact.text} for fact in self.facts]
        return {"trail": [vars(hop) for hop in self.hops], "facts": facts}


class HandoffPattern(Pattern[Handoff, Trail]):
    """`about` is the number of the hop that brought the task."""

    declaration = Handoff
    memory = Trail
    guards = {
        "revisit": "a task that goes back to somebody without anything new",
        "hops": "a task that is handed on more often than there are agents, and once more",
        "bounce": "a task that is handed to nobody: an unknown name, oneself, or a member that does not answer",
        "attempts": "a member that does not answer",
    }

    def bound(self, declared: Handoff) -> Bound:
        return Bound((declared.hops + 1) * declared.tries)

    def begin(self, run: Run[Handoff, None]) -> Moves[Trail]:
        return Moves(Trail(run.declared.triage), (Work(run.declared.triage, "0"),))

    def payload(self, run: Run[Handoff, Trail], work: Work) -> Mapping[str, Any]:
        trail = run.memory
        return {**trail.shown, "may_hand_to": list(_known(run)), "hops_left": run.declared.hops - len(trail.hops)}

    def replied(self, run: Run[Handoff, Trail], task: Task, content: Mapping[str, Any]) -> Moves[Trail]:
        trail = run.memory
        if word_in(content, "says", ("done", "hand_off")) == "done":
            facts = learnt(trail.facts, task.member, len(trail.hops), facts_in(content, "learnt"))
            done = replace(trail, facts=facts)
            result = {**done.shown, "result": text_in(content, "result")}
            return Moves(done, end=Ending("completed", f"done by {task.member}", result))
        taker, reason = taker_in(content, _known(run)), text_in(content, "reason")
        facts = learnt(trail.facts, task.member, len(trail.hops), facts_in(content, "learnt"))
        if not may_visit(trail.hops, facts, taker):
            raise Unfit(f"{taker} had the task before, and nothing is new since; hand it to another", "revisit")
        return _handed(run, replace(trail, facts=facts), Hop(task.member, taker, reason), ())

    def gave_up(self, run: Run[Handoff, Trail], task: Task, reason: str) -> Moves[Trail]:
        """The task bounces: it goes back to who handed it on, if they can still do something, or to a person."""
        trail = replace(run.memory, silent=(*run.memory.silent, task.member))
        giver = _giver(trail)
        seen = Seen("bounce", f"{task.member} brought nothing usable: {reason}")
        hop = Hop(task.member, giver, seen.note)
        return _handed(run, trail, hop, (seen,))

    def so_far(self, run: Run[Handoff, Trail]) -> Mapping[str, Any]:
        return run.memory.shown


def taker_in(content: Mapping[str, Any], known: Sequence[str]) -> str:
    """To whom an answer hands the task. Raises Unfit for nobody, so that the task stays where it is."""
    try:
        return word_in(content, "to", known)
    except Unfit as error:
        raise Unfit(str(error), "bounce") from None


def may_visit(hops: Sequence[Hop], facts: Sequence[Fact], taker: str) -> bool:
    """Whether the task was never with `taker`, or somebody learnt something new since they handed it on."""
    left = [number for number, hop in enumerate(hops) if hop.giver == taker]
    return not left or any(fact.at > left[-1] for fact in facts)


def no_hop_left(hops: Sequence[Hop], most: int) -> bool:
    """Whether there are more hand-offs than there may be."""
    return len(hops) > most


def _known(run: Run[Handoff, Trail]) -> tuple[str, ...]:
    """Whom the holder may name."""
    out = {run.memory.holder, *run.memory.silent}
    return (*(member for member in run.declared.members if member not in out), PERSON)


def _giver(trail: Trail) -> str:
    """Who handed the task to the holder, if they answer; a person if not."""
    back = next((hop.giver for hop in reversed(trail.hops) if hop.taker == trail.holder), PERSON)
    return PERSON if back in trail.silent else back


def _handed(run: Run[Handoff, Trail], trail: Trail, hop: Hop, seen: tuple[Seen, ...]) -> Moves[Trail]:
    handed = replace(trail, hops=(*trail.hops, hop), holder=hop.taker)
    if hop.taker == PERSON:
        return Moves(handed, end=Ending("handed_to_person", hop.reason, handed.shown), seen=seen)
    if no_hop_left(handed.hops, run.declared.hops):
        limit = Seen("hops", f"handed on {run.declared.hops} times, and nobody finished it")
        end = Ending("handed_to_person", limit.note, handed.shown)
        return Moves(handed, end=end, seen=(*seen, limit))
    return Moves(handed, (Work(hop.taker, str(len(handed.hops))),), seen=seen)
