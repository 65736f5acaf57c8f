"""The proof of the magentic pattern: no task drifts from the grant, and no planner stalls for ever."""

from collections.abc import Callable, Mapping
from typing import Any

from functions.core.workflows.ledger import Ledger, Route, Rules
from functions.core.workflows.machine import Commands
from functions.core.workflows.messages import Assign
from functions.core.workflows.patterns.magentic import PLAN, Magentic
from functions.core.workflows.state import Task
from hookline.testing.workflows.planted import Off, Planted, named
from hookline.testing.workflows.watch import Case, State

PATTERN = "functions.core.workflows.patterns.magentic"
CHARGE, TICKET, FOREIGN = "stripe:charge/ch_1", "zendesk:ticket/7", "stripe:charge/ch_666"
DONE, IDLE = {"done": True, "result": "found it"}, {"done": False}


def plan(*tasks: tuple[str, str]) -> dict[str, Any]:
    """A planner's plan of (worker, entity)."""
    return {"says": "plan", "plan": [{"worker": who, "entity": what, "do": "look"} for who, what in tasks]}


FINISHED, GIVE_UP = {"says": "done", "result": "all is known"}, {"says": "give_up", "why": "no idea"}
ONE, TWO = plan(("bob", CHARGE)), plan(("bob", CHARGE), ("cyd", TICKET))


def _answers(*plans: Mapping[str, Any]) -> Callable[[State, Task], list[Mapping[str, Any]]]:
    def answers(state: State, task: Task) -> list[Mapping[str, Any]]:
        if task.about == PLAN:
            return [*plans, FINISHED, GIVE_UP]
        return [DONE, IDLE, {"done": False, "learnt": [f"fact number {len(state.memory.facts)}"]}, {"done": "soon"}]

    return answers


def _holds(stall: int) -> Callable[[State, Commands], str]:
    def holds(state: State, commands: Commands) -> str:
        for command in commands:
            if isinstance(command, Assign) and command.payload.get("entity", CHARGE) not in (CHARGE, TICKET):
                return "a task is about what the grant does not name"
        if (
            isinstance(state.memory, Ledger)
            and state.memory.idle >= stall
            and state.memory.next is not None
            and not state.end
        ):
            return "a task goes on without progress"
        if state.end == "completed" and not any(one.item.status == "done" for one in state.memory.progress):
            return "completed, and nothing is done"
        return ""

    return holds


def _case(name: str, declared: Magentic, *plans: Mapping[str, Any], long: bool = False) -> Case:
    holds = _holds(declared.stall)
    return Case(name, declared, _answers(*plans), entities=(CHARGE, TICKET), invariant=holds, long=long)


RULES = Rules([Route("stripe:charge", ["bob", "cyd"], "look"), Route("zendesk:ticket", ["cyd"], "read")])
ONE_WORKER: Any = {"planner": "ada", "workers": ["bob"]}
TWO_WORKERS: Any = {"planner": "ada", "workers": ["bob", "cyd"]}

CASES = (
    _case("one worker", Magentic(**ONE_WORKER, steps=3, replans=1, attempts=1), ONE, plan(("bob", FOREIGN))),
    _case("two workers, two steps", Magentic(**TWO_WORKERS, steps=2, replans=1, stall=1, attempts=1), ONE, TWO),
    _case("two workers", Magentic(**TWO_WORKERS, steps=4, replans=1, stall=1, attempts=1), ONE, TWO, long=True),
    _case("two attempts, no replan", Magentic(**ONE_WORKER, steps=2, replans=0, stall=1), ONE, plan(("eve", CHARGE))),
    _case("two attempts", Magentic(**ONE_WORKER, steps=2, replans=1, stall=1), ONE, plan(("eve", CHARGE)), long=True),
    _case("rules", Magentic(planner=RULES, workers=["bob", "cyd"], steps=5, replans=3, attempts=1)),
    _case("rules, two attempts", Magentic(planner=RULES, workers=["bob", "cyd"], steps=3, replans=2, stall=1)),
    _case(
        "events that join",
        Magentic(**ONE_WORKER, steps=2, replans=1, stall=1, attempts=1, same_entity="join", news=1),
        ONE,
    ),
    _case("many replans", Magentic(**ONE_WORKER, steps=4, replans=2, stall=1, attempts=1), ONE),
)

LARGE = _case(
    "thirty steps",
    Magentic(**TWO_WORKERS, steps=30, replans=5, stall=3, compensates=["bob"], same_entity="join"),
    ONE,
    TWO,
)


def _no_progress(task: Assign) -> Mapping[str, Any]:
    return (
        plan(("bob", CHARGE), ("bob", TICKET)) if task.member == "ada" else {"done": False, "learnt": ["still looking"]}
    )


def _busy(task: Assign) -> Mapping[str, Any]:
    if task.member == "ada":
        return ONE
    return {"done": False, "learnt": [f"page {len(task.payload['facts'])} is read"]}


def _drifts(task: Assign) -> Mapping[str, Any]:
    return plan(("bob", FOREIGN))


def _done_but_not_enough(task: Assign) -> Mapping[str, Any]:
    if task.member == "ada":
        return ONE if "plan" in task.payload["say"] else GIVE_UP
    return DONE if not task.payload["facts"] else IDLE


def _planted(
    guard: str, failure: str, declared: Magentic, members: Callable[[Assign], Mapping[str, Any] | None]
) -> Planted:
    return Planted(guard, failure, declared, members, (CHARGE, TICKET))


DEFAULT = Magentic(**ONE_WORKER)

PLANTED = (
    _planted("stall", "a worker reports the same again and again", DEFAULT, _no_progress),
    _planted("replans", "the same plan after each stall", DEFAULT, _no_progress),
    _planted("steps", "a worker that always learns something, and is never done", DEFAULT, _busy),
    _planted("drift", "a planner that turns to another customer's charge", DEFAULT, _drifts),
    _planted("attempts", "a worker never answers", DEFAULT, lambda task: ONE if task.member == "ada" else None),
    _planted(
        "stall", "rules, and a worker without progress", Magentic(planner=RULES, workers=["bob", "cyd"]), lambda _: IDLE
    ),
)

OFF = (
    Off("stall", PATTERN, "stalled", lambda *_: False, named("one worker", CASES), "without progress"),
    Off("replans", PATTERN, "no_plan_left", lambda *_: False, named("many replans", CASES), "more than"),
    Off("steps", PATTERN, "no_step_left", lambda *_: False, named("one worker", CASES), "more than"),
    Off(
        "drift",
        "functions.core.workflows.ledger",
        "entity_in",
        lambda one, _: one["entity"],
        named("one worker", CASES),
        "grant does not",
    ),
    Off(
        "attempts",
        "functions.core.workflows.machine",
        "may_try_again",
        lambda *_: True,
        named("rules, two attempts", CASES),
        "more than",
    ),
)
