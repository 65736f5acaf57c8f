"""Concurrent: the same task to several members at once, a join, and a merge policy for each field."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal, get_args

from functions.core.workflows.contents import Unfit
from functions.core.workflows.declaration import Declaration, one_of, twice, whole
from functions.core.workflows.merging import Ask, Policy, Undecided, conflict
from functions.core.workflows.messages import Decision
from functions.core.workflows.pattern import Bound, Ending, Moves, Pattern, Question, Run, Seen, Work
from functions.core.workflows.state import Task

Join = Literal["all", "first", "quorum", "deadline"]
JOINS: tuple[Join, ...] = get_args(Join)


@dataclass(frozen=True, kw_only=True)
class Concurrent(Declaration):
    """Who is asked, how many answers are waited for, and how each field of them is merged.

    `join` is all, first, `quorum` answers, or deadline: who answered within `patience` seconds, at least `quorum`, with
    one attempt each. An answer has every field of `merge`; its other fields are kept, and not merged.
    """

    asked: Sequence[str]
    merge: Mapping[str, Policy]
    join: Join = "all"
    quorum: int = 1

    cannot_join: ClassVar[str] = "a member that has answered does not know of it"

    @property
    def members(self) -> Sequence[str]:
        return self.asked

    @property
    def tries(self) -> int:
        return 1 if self.join == "deadline" else self.attempts

    @property
    def needed(self) -> int:
        """With how many answers the join is met."""
        return {"all": len(self.asked), "first": 1}.get(self.join, self.quorum)

    def own_findings(self) -> Iterator[str]:
        if not self.asked:
            yield "asked: name at least one member"
        yield from twice("member", self.asked)
        yield from one_of("join", self.join, JOINS)
        not_whole = list(whole("quorum", self.quorum, 1, None))
        yield from not_whole
        if not not_whole and self.quorum > len(self.asked):
            yield f"quorum {self.quorum} of {len(self.asked)} members: the join can never be met"
        if self.quorum != 1 and self.join not in ("quorum", "deadline"):
            yield f"quorum {self.quorum!r} goes with join quorum or deadline, not with {self.join}"
        if not self.merge:
            yield "merge: name at least one field"
        for name, policy in self.merge.items():
            if not (isinstance(name, str) and name.isidentifier()):
                yield f"merge of {name!r}: the name of a field has letters, digits and underscores"
            elif isinstance(policy, Policy):
                yield from policy.findings(f"merge of {name!r}", self.asked)
            else:
                yield f"merge of {name!r} is {policy!r}: write a policy"


@dataclass(frozen=True)
class Answers:
    """The answers by member, the fields decided so far, and where the members differ."""

    given: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    merged: Mapping[str, Any] = field(default_factory=dict)
    conflicts: tuple[str, ...] = ()


class ConcurrentPattern(Pattern[Concurrent, Answers]):
    """`about` is "" for a task, and the fields for a question."""

    declaration = Concurrent
    memory = Answers
    guards = {
        "conflict": "members that differ on a field",
        "join": "a join that can no longer be met",
        "attempts": "a member that does not answer, or answers what cannot be merged",
    }

    def bound(self, declared: Concurrent) -> Bound:
        people = any(isinstance(policy, Ask) for policy in declared.merge.values())
        return Bound(len(declared.asked) * declared.tries, int(people))

    def begin(self, run: Run[Concurrent, None]) -> Moves[Answers]:
        return Moves(Answers(), tuple(Work(member, "") for member in run.declared.asked))

    def payload(self, run: Run[Concurrent, Answers], work: Work) -> Mapping[str, Any]:
        return {"fields": list(run.declared.merge)}

    def replied(self, run: Run[Concurrent, Answers], task: Task, content: Mapping[str, Any]) -> Moves[Answers]:
        for name, policy in run.declared.merge.items():
            if name not in content:
                raise Unfit(f"{name}: missing")
            try:
                policy.check(content[name])
            except Unfit as error:
                raise Unfit(f"{name}: {error}") from None
        given = {**run.memory.given, task.member: content}
        in_order = {member: given[member] for member in run.declared.asked if member in given}
        return self._joined(replace(run, memory=replace(run.memory, given=in_order)), task)

    def gave_up(self, run: Run[Concurrent, Answers], task: Task, reason: str) -> Moves[Answers]:
        return self._joined(run, task)

    def decided(self, run: Run[Concurrent, Answers], task: Task, decision: Decision) -> Moves[Answers]:
        memory, fields = run.memory, task.about.split(",")
        if decision.result != "approved":
            reason = f"nobody decided on {', '.join(fields)}: {decision.result}"
            return Moves(memory, end=Ending("handed_to_person", reason, self.so_far(run)))
        for name in fields:
            if name not in decision.content:
                raise Unfit(f"{name}: missing")
            run.declared.merge[name].check(decision.content[name])
        decided = replace(memory, merged={**memory.merged, **{name: decision.content[name] for name in fields}})
        result = self.so_far(replace(run, memory=decided))
        return Moves(decided, end=Ending("merged", f"a person decided on {', '.join(fields)}", result))

    def so_far(self, run: Run[Concurrent, Answers]) -> Mapping[str, Any]:
        memory = run.memory
        return {"merged": memory.merged, "answers": memory.given, "conflicts": list(memory.conflicts)}

    def _joined(self, run: Run[Concurrent, Answers], task: Task) -> Moves[Answers]:
        """After an answer, or after there will be none."""
        waiting = len([one for one in run.tasks if one.status == "open" and one.id != task.id])
        here, needed = len(run.memory.given), run.declared.needed
        if cannot_be_met(here, waiting, needed):
            reason = f"{here} of {needed} answers, and nobody else will answer"
            ending = Ending("handed_to_person", reason, self.so_far(run))
            return Moves(run.memory, end=ending, seen=(Seen("join", reason),))
        if here >= needed and (run.declared.join != "deadline" or not waiting):
            return self._merged(run)
        return Moves(run.memory)

    def _merged(self, run: Run[Concurrent, Answers]) -> Moves[Answers]:
        merged: dict[str, Any] = {}
        open_fields: dict[str, Undecided] = {}
        values = {name: {who: given[name] for who, given in run.memory.given.items()} for name in run.declared.merge}
        conflicts = tuple(name for name in values if conflict(values[name]))
        for name, policy in run.declared.merge.items():
            try:
                merged[name] = policy.merged(values[name])
            except Undecided as undecided:
                open_fields[name] = undecided
        memory = replace(run.memory, merged=merged, conflicts=conflicts)
        seen = tuple(Seen("conflict", f"{name}: the members differ") for name in conflicts)
        result = self.so_far(replace(run, memory=memory))
        if not open_fields:
            return Moves(memory, end=Ending("merged", "every field has one value", result), seen=seen)
        if all(one.person for one in open_fields.values()):
            names = ", ".join(open_fields)
            asked = Question(",".join(open_fields), f"The members differ on {names}. What is right?", result)
            return Moves(memory, question=asked, seen=seen, drop=True)
        reason = f"the members differ on {', '.join(name for name, one in open_fields.items() if not one.person)}"
        return Moves(memory, end=Ending("handed_to_person", reason, result), seen=seen)


def cannot_be_met(here: int, waiting: int, needed: int) -> bool:
    """Whether the answers that are here and all that may come are too few."""
    return here + waiting < needed
