"""The proof of group chat and maker-checker: agreed is what enough others approve, and no loop lasts."""

from collections.abc import Callable, Mapping
from typing import Any

from functions.core.workflows.machine import Commands
from functions.core.workflows.messages import Assign
from functions.core.workflows.patterns.group_chat import Chat, GroupChat
from functions.core.workflows.state import Task
from hookline.testing.workflows.planted import Off, Planted, named
from hookline.testing.workflows.watch import Case, State

PATTERN = "functions.core.workflows.patterns.group_chat"
APPROVE, NONSENSE = {"says": "approve"}, {"says": "maybe"}


def _says(says: str, text: str) -> dict[str, Any]:
    return {"says": says, "text": text}


REFUND, VOUCHER = _says("proposal", "refund the parcel"), _says("proposal", "send another voucher")
DEAR, RUDE = _says("object", "that costs too much"), _says("object", "sounds rude to customers")


def _few(state: State, task: Task) -> list[dict[str, Any]]:
    return [REFUND, VOUCHER, APPROVE, DEAR]


def _many(state: State, task: Task) -> list[dict[str, Any]]:
    return [*_few(state, task), RUDE, NONSENSE]


def _ever_new(state: State, task: Task) -> list[dict[str, Any]]:
    """The speaker says something new each time."""
    said = len(state.memory.said)
    return [_says("proposal", f"refund {said} of them"), APPROVE, _says("object", f"{said} is not enough")]


def _holds(declared: GroupChat) -> Callable[[State, Commands], str]:
    """Agreed is what enough others approve, and what was said before is said again no oftener than declared."""
    others = len(declared.speakers) - 1
    needed = {"all": others, "majority": others // 2 + 1, "any": 1}[declared.approval]

    def holds(state: State, commands: Commands) -> str:
        chat = state.memory
        if not isinstance(chat, Chat):
            return ""
        of_whom = [(one.says, "" if one.says == "proposal" else one.member, one.sketch) for one in chat.said]
        if len(of_whom) - len({*of_whom}) > declared.repeats + 1:
            return "the members say the same again and again"
        if state.end == "agreed" and (chat.current is None or chat.current.author in chat.current.approved):
            return "a proposal is agreed that its author approves, or none"
        if state.end == "agreed" and chat.current and len({*chat.current.approved}) < needed:
            return f"agreed by fewer than {needed}"
        return ""

    return holds


def _case(
    name: str, answers: Callable[[State, Task], list[dict[str, Any]]], declared: GroupChat, long: bool = False
) -> Case:
    return Case(name, declared, answers, invariant=_holds(declared), long=long)


TWO, THREE = ("ada", "bob"), ("ada", "bob", "cyd")

CASES = (
    _case("a maker and a checker", _many, GroupChat(speakers=TWO, rounds=2)),
    _case("a maker and two checkers", _few, GroupChat(speakers=THREE, attempts=1)),
    _case("a maker and two checkers, ever new", _ever_new, GroupChat(speakers=THREE, rounds=3, attempts=1)),
    _case(
        "any checker, and a person",
        _few,
        GroupChat(speakers=THREE, approval="any", person=True, rounds=2, attempts=1, compensates=["ada"]),
    ),
    _case(
        "three in turn, most of them",
        _few,
        GroupChat(speakers=THREE, turns="round_robin", approval="majority", rounds=2, attempts=1, repeats=2),
        long=True,
    ),
    _case(
        "three in turn, most of them, one round",
        _few,
        GroupChat(speakers=THREE, turns="round_robin", approval="majority", rounds=1, attempts=1),
    ),
    _case(
        "two in turn, and a person",
        _few,
        GroupChat(speakers=TWO, turns="round_robin", person=True, rounds=2, attempts=1, otherwise="best_so_far"),
    ),
    _case("ever new", _ever_new, GroupChat(speakers=TWO, rounds=3, otherwise="best_so_far")),
    _case(
        "a person, and events that join",
        _few,
        GroupChat(speakers=TWO, person=True, rounds=2, attempts=1, same_entity="join", news=1),
    ),
    _case("no repetition", _few, GroupChat(speakers=TWO, rounds=5, repeats=0, attempts=1)),
)

LARGE = _case(
    "five in turn, and a person",
    _ever_new,
    GroupChat(speakers=tuple("abcde"), turns="round_robin", approval="majority", person=True, rounds=6),
)


OBJECTIONS = ("too dear", "bad timing", "sounds rude", "who pays", "not our fault", "legal says otherwise")


def _in_turn(*proposals: str) -> Callable[[Assign], Mapping[str, Any]]:
    """A maker who goes through these proposals, again and again, and a checker whose objections are always new."""

    def members(task: Assign) -> Mapping[str, Any]:
        number = int(task.payload["round"]) - 1
        if task.member == "ada":
            return _says("proposal", proposals[number % len(proposals)])
        return _says("object", OBJECTIONS[number])

    return members


def _same_objection(task: Assign) -> Mapping[str, Any]:
    texts = ("The test for empty input is missing.", "Still missing: a test for empty inputs!")
    number = int(task.payload["round"])
    return _says("proposal", f"version {number}") if task.member == "ada" else _says("object", texts[number % 2])


def _never_content(task: Assign) -> Mapping[str, Any]:
    number = task.payload["round"]
    return (
        _says("proposal", f"version {number}") if task.member == "ada" else _says("object", f"number {number} is bad")
    )


def _approves_itself(task: Assign) -> Mapping[str, Any]:
    return REFUND if task.payload["proposal"] is None else APPROVE if task.member == "ada" else DEAR


EIGHT = GroupChat(speakers=TWO, rounds=8)

PLANTED = (
    Planted("repetition", "the same proposal again", EIGHT, _in_turn("refund the parcel")),
    Planted(
        "repetition",
        "the same proposal, reworded",
        EIGHT,
        _in_turn("Refund the customer 40 EUR", "We should refund 40 EUR to the customer"),
    ),
    Planted("repetition", "the same objection, reworded", EIGHT, _same_objection),
    Planted("repetition", "A, B, A, B", EIGHT, _in_turn("refund it", "send a voucher")),
    Planted("repetition", "A, B, C, A, B, C", EIGHT, _in_turn("refund it", "send a voucher", "say sorry")),
    Planted("rounds", "each version is objected to anew", GroupChat(speakers=TWO, rounds=3), _never_content),
    Planted(
        "approval",
        "a speaker approves its own proposal",
        GroupChat(speakers=TWO, turns="round_robin", rounds=3),
        _approves_itself,
    ),
    Planted("attempts", "a checker never answers", EIGHT, lambda task: REFUND if task.member == "ada" else None),
)

OFF = (
    Off("repetition", PATTERN, "too_much_repeated", lambda *_: False, named("no repetition", CASES), "again and again"),
    Off(
        "rounds",
        PATTERN,
        "no_round_left",
        lambda *_: False,
        named("a maker and two checkers, ever new", CASES),
        "more than",
    ),
    Off(
        "approval",
        PATTERN,
        "may_approve",
        lambda chat, member: chat.current is not None,
        named("three in turn, most of them", CASES),
        "its author",
    ),
    Off(
        "attempts",
        "functions.core.workflows.machine",
        "may_try_again",
        lambda *_: True,
        named("a maker and a checker", CASES),
        "more than",
    ),
)
