"""The proof of the concurrent pattern: the result does not depend on who answers first, but where it is to."""

from collections.abc import Mapping, Sequence
from typing import Any

from functions.core.workflows.machine import Commands
from functions.core.workflows.merging import Agree, Ask, Extreme, Policy, Ranked, Strictest, Vote
from functions.core.workflows.messages import Assign
from functions.core.workflows.patterns.concurrent import Answers, Concurrent, Join
from functions.core.workflows.state import Task
from hookline.testing.workflows.planted import Off, Planted, named
from hookline.testing.workflows.watch import Case, Decided, State

PATTERN = "functions.core.workflows.patterns.concurrent"
THREE = ("ada", "bob", "cyd")
STRICT = Strictest(["deny", "ask", "allow"])


def _declared(
    policy: Policy, join: Join = "all", quorum: int = 1, asked: tuple[str, ...] = THREE, **more: Any
) -> Concurrent:
    return Concurrent(asked=asked, merge={"v": policy}, join=join, quorum=quorum, **more)


def _words(state: State, task: Task) -> list[dict[str, Any]]:
    return [{"v": "allow"}, {"v": "deny"}, {"w": "no such field"}]


def _numbers(state: State, task: Task) -> list[dict[str, Any]]:
    return [{"v": 1}, {"v": 2.5}, {"v": "many"}]


def _a_merge_is_what_its_policy_says(state: State, commands: Commands) -> str:
    """Told from the answers alone, without the code of the policies."""
    if not isinstance(state.memory, Answers) or state.end != "merged":
        return ""
    said, merged = [given["v"] for given in state.memory.given.values()], state.memory.merged["v"]
    if merged not in said and not any(task.member == "person" for task in state.tasks):
        return "the merged value is nobody's"
    differ = len({str(one) for one in said}) > 1
    if differ != (state.memory.conflicts == ("v",)):
        return "a conflict is not reported, or one that is none"
    return ""


def _agreed(state: State, commands: Commands) -> str:
    asked = any(task.member == "person" and task.status == "answered" for task in state.tasks)
    if state.end == "merged" and state.memory.conflicts and not asked:
        return "a conflict is merged away"
    return _a_merge_is_what_its_policy_says(state, commands)


def _strict(state: State, commands: Commands) -> str:
    if state.end == "merged" and any(one["v"] == "deny" for one in state.memory.given.values()):
        return "" if state.memory.merged["v"] == "deny" else "the strictest does not win"
    return _a_merge_is_what_its_policy_says(state, commands)


DECISIONS: Sequence[Decided] = (("approved", {"v": "deny"}), ("approved", {}), ("denied", {}), ("expired", {}))

CASES = (
    Case("all agree", _declared(Agree()), _words, invariant=_agreed),
    Case("all, a person decides, one attempt", _declared(Ask(), attempts=1), _words, DECISIONS, invariant=_agreed),
    Case(
        "all, a person decides",
        _declared(Ask(), compensates=["bob"]),
        _words,
        DECISIONS,
        invariant=_agreed,
        long=True,
    ),
    Case("all, the strictest wins, one attempt", _declared(STRICT, attempts=1), _words, invariant=_strict),
    Case("all, the strictest wins", _declared(STRICT), _words, invariant=_strict, long=True),
    Case("two, a person decides", _declared(Ask(), "quorum", 2, attempts=1), _words, DECISIONS, invariant=_agreed),
    Case("the first", _declared(STRICT, "first"), _words, invariant=_strict),
    Case(
        "a vote of a quorum, one attempt",
        _declared(Vote(), "quorum", 2, attempts=1),
        _words,
        invariant=_a_merge_is_what_its_policy_says,
    ),
    Case(
        "a vote of a quorum",
        _declared(Vote(), "quorum", 2),
        _words,
        invariant=_a_merge_is_what_its_policy_says,
        long=True,
    ),
    Case(
        "a vote of four",
        _declared(Vote(), attempts=1, asked=(*THREE, "dan")),
        _words,
        invariant=_a_merge_is_what_its_policy_says,
    ),
    Case("who answers in time", _declared(STRICT, "deadline"), _words, invariant=_strict),
    Case(
        "two in time", _declared(Extreme("lowest"), "deadline", 2), _numbers, invariant=_a_merge_is_what_its_policy_says
    ),
    Case(
        "ranked, one attempt",
        _declared(Ranked(THREE), "quorum", 2, attempts=1),
        _words,
        invariant=_a_merge_is_what_its_policy_says,
    ),
    Case(
        "ranked",
        _declared(Ranked(THREE), "quorum", 2),
        _words,
        invariant=_a_merge_is_what_its_policy_says,
        long=True,
    ),
)

LARGE = Case(
    "ten members",
    _declared(Ask(), "quorum", 7, tuple("abcdefghij"), attempts=3, compensates=["a"]),
    _words,
    DECISIONS,
    invariant=_agreed,
)


def _differ(task: Assign) -> Mapping[str, Any]:
    return {"v": "deny" if task.member == "bob" else "allow"}


def _bob_is_silent(task: Assign) -> Mapping[str, Any] | None:
    return None if task.member == "bob" else {"v": "allow"}


PLANTED = (
    Planted("conflict", "one of three says something else", _declared(Agree()), _differ),
    Planted("conflict", "one of three is stricter", _declared(STRICT), _differ),
    Planted("join", "one of three never answers, and all must", _declared(Agree()), _bob_is_silent),
    Planted("attempts", "one of three says what has no rank", _declared(STRICT), lambda task: {"v": task.member}),
)

OFF = (
    Off(
        "conflict",
        "functions.core.workflows.merging",
        "conflict",
        lambda *_: False,
        named("all agree", CASES),
        "a conflict is",
    ),
    Off("join", PATTERN, "cannot_be_met", lambda *_: False, named("all agree", CASES), "stranded"),
    Off(
        "attempts",
        "functions.core.workflows.machine",
        "may_try_again",
        lambda *_: True,
        named("the first", CASES),
        "more than",
    ),
)
