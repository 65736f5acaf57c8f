"""The proof of the sequential pattern: no stage ever builds on an output that did not pass its gate."""

from collections.abc import Mapping, Sequence
from typing import Any

from functions.core.workflows.gates import Field, Gate
from functions.core.workflows.machine import Commands
from functions.core.workflows.messages import Assign
from functions.core.workflows.patterns.sequential import Outputs, Sequential, Stage
from functions.core.workflows.state import Task
from hookline.testing.workflows.planted import Off, Planted, named
from hookline.testing.workflows.watch import Case, Decided, State

PATTERN = "functions.core.workflows.patterns.sequential"
GOOD, OTHER, BAD = {"n": 1}, {"n": 2}, {"n": 99}


def _not_less(output: Mapping[str, Any], before: Mapping[str, Mapping[str, Any]]) -> str:
    """A number that is not less than the one of the stage before."""
    last = [one["n"] for one in before.values()][-1:]
    return f"{output['n']} is less than {last[0]}" if last and output["n"] < last[0] else ""


def _declared(*members: str, attempts: int = 2, **more: Any) -> Sequential:
    gate = Gate({"n": Field("whole", least=1, most=9)}, _not_less)
    stages = [Stage(f"stage_{number}", member, gate) for number, member in enumerate(members)]
    return Sequential(stages=stages, attempts=attempts, **more)


def _answers(state: State, task: Task) -> list[dict[str, Any]]:
    return [GOOD, OTHER, BAD, {"words": "no contract"}]


def _every_output_passed(state: State, commands: Commands) -> str:
    numbers = [one.output.get("n", 0) for one in state.memory.passed] if isinstance(state.memory, Outputs) else []
    passed = all(number in (1, 2) for number in numbers) and numbers == sorted(numbers)
    return "" if passed else "an output that does not pass its gate is built on"


DECISIONS: Sequence[Decided] = (
    ("approved", GOOD),
    ("approved", OTHER),
    ("approved", BAD),
    ("denied", {}),
    ("expired", {}),
)


def _case(name: str, declared: Sequential) -> Case:
    return Case(name, declared, _answers, DECISIONS, invariant=_every_output_passed)


CASES = (
    _case("one stage", _declared("ada")),
    _case("three stages, one attempt", _declared("ada", "bob", "cyd", attempts=1)),
    _case("three stages, one member with two", _declared("ada", "bob", "ada", compensates=["ada"])),
    _case("two stages, three attempts", _declared("ada", "bob", attempts=3)),
)

LARGE = _case("eight stages", _declared(*"abcdefgh", attempts=3, compensates=["a", "c"]))


def _bob_errs(task: Assign) -> Mapping[str, Any]:
    return {"n": 2} if task.member == "bob" else {"n": 3}


PLANTED = (
    Planted("gate", "a stage gives less than the one before", _declared("ada", "bob", "cyd"), _bob_errs),
    Planted("attempts", "a stage gives a text instead of its contract", _declared("ada"), lambda task: {"n": "3"}),
    Planted("attempts", "a stage never answers", _declared("ada", "bob"), lambda task: None),
)

OFF = (
    Off(
        "gate",
        PATTERN,
        "must_pass",
        lambda *_: None,
        named("three stages, one attempt", CASES),
        "an output that does not pass",
    ),
    Off(
        "attempts",
        "functions.core.workflows.machine",
        "may_try_again",
        lambda *_: True,
        named("one stage", CASES),
        "more than",
    ),
)
