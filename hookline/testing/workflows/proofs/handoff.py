"""The proof of the handoff pattern: the task is always with somebody, and with nobody twice for nothing."""

from collections.abc import Mapping
from typing import Any

from functions.core.workflows.declaration import PERSON
from functions.core.workflows.machine import Commands
from functions.core.workflows.messages import Assign
from functions.core.workflows.patterns.handoff import Handoff, Trail
from functions.core.workflows.state import Task
from hookline.testing.workflows.planted import Off, Planted, named
from hookline.testing.workflows.watch import Case, State

PATTERN = "functions.core.workflows.patterns.handoff"
DONE = {"says": "done", "result": "refunded"}


def to(name: str, *learnt: str) -> dict[str, Any]:
    """An answer that hands the task on."""
    return {"says": "hand_off", "to": name, "reason": "not mine", "learnt": list(learnt)}


def _answers(state: State, task: Task) -> list[dict[str, Any]]:
    """To everybody, oneself included, with something new, with something known, and to nobody."""
    new = f"fact number {len(state.memory.facts)}"
    others = [to(name, *learnt) for name in ("ada", "bob", "cyd") for learnt in ((), (new,))]
    return [DONE, *others, to(PERSON), to("nobody"), {"says": "hand_off"}]


def _few(state: State, task: Task) -> list[dict[str, Any]]:
    new = f"fact number {len(state.memory.facts)}"
    return [DONE, *(to(name, new) for name in ("ada", "bob", "cyd", "dan") if name != task.member), to("ada")]


def _holds(state: State, commands: Commands) -> str:
    if not isinstance(state.memory, Trail):
        return ""
    trail = state.memory
    if not state.end and [task.member for task in state.open] != [trail.holder]:
        return "the task is with nobody, or with two"
    for number, hop in enumerate(trail.hops):
        left = [earlier for earlier in range(number) if trail.hops[earlier].giver == hop.taker]
        learnt = [fact for fact in trail.facts if left and left[-1] < fact.at <= number]
        if left and not learnt and hop.giver not in trail.silent:
            return "somebody is visited again, and nothing is new"
    return ""


THREE, FOUR = Handoff(triage="ada", specialists=["bob", "cyd"], attempts=1), ("bob", "cyd", "dan")

CASES = (
    Case("two agents, two attempts", Handoff(triage="ada", specialists=["bob"]), _answers, invariant=_holds),
    Case("three agents, few answers", THREE, _few, invariant=_holds),
    Case("three agents, one attempt", THREE, _answers, invariant=_holds, long=True),
    Case("four agents", Handoff(triage="ada", specialists=FOUR, attempts=1), _few, invariant=_holds, long=True),
    Case(
        "events that join",
        Handoff(triage="ada", specialists=["bob"], attempts=1, same_entity="join", news=1),
        _answers,
        invariant=_holds,
    ),
)

LARGE = Case(
    "ten agents",
    Handoff(triage="ada", specialists=[*FOUR, *"efghij"], attempts=3, same_entity="join"),
    _answers,
    invariant=_holds,
)


def _ping_pong(task: Assign) -> Mapping[str, Any]:
    return to("bob" if task.member == "ada" else "ada", "the customer is angry")


def _round_trip(task: Assign) -> Mapping[str, Any]:
    return to({"ada": "bob", "bob": "cyd", "cyd": "ada"}[task.member])


def _ever_new(task: Assign) -> Mapping[str, Any]:
    return to({"ada": "bob", "bob": "cyd", "cyd": "ada"}[task.member], f"fact {task.payload['hops_left']}")


def _to_nobody(task: Assign) -> Mapping[str, Any]:
    return to("billing_department")


def _bob_is_silent(task: Assign) -> Mapping[str, Any] | None:
    return (
        None
        if task.member == "bob"
        else to("cyd" if task.payload["trail"] else "bob")
        if task.member == "ada"
        else DONE
    )


PLANTED = (
    Planted("revisit", "two send the task to and fro", Handoff(triage="ada", specialists=["bob"]), _ping_pong),
    Planted("revisit", "a round trip of three", Handoff(triage="ada", specialists=["bob", "cyd"]), _round_trip),
    Planted("hops", "a round trip, each time with something new", THREE, _ever_new),
    Planted("bounce", "the task is handed to somebody who does not exist", THREE, _to_nobody),
    Planted("bounce", "a specialist never answers", THREE, _bob_is_silent),
    Planted("attempts", "triage never answers", Handoff(triage="ada", specialists=["bob"]), lambda task: None),
)

OFF = (
    Off("revisit", PATTERN, "may_visit", lambda *_: True, named("three agents, one attempt", CASES), "visited again"),
    Off("hops", PATTERN, "no_hop_left", lambda *_: False, named("three agents, one attempt", CASES), "more than"),
    Off(
        "bounce",
        PATTERN,
        "taker_in",
        lambda content, known: content.get("to", ""),
        named("three agents, one attempt", CASES),
        "not a member",
    ),
    Off(
        "attempts",
        "functions.core.workflows.machine",
        "may_try_again",
        lambda *_: True,
        named("two agents, two attempts", CASES),
        "more than",
    ),
)
