"""The machine that every pattern runs on: attempts, deadlines, copies, strangers, the end, the record."""

from dataclasses import replace

import pytest

from functions.core.platform.errors import ManifestError, PermanentError
from functions.core.workflows.catalogue import pattern_of, patterns
from functions.core.workflows.gates import Field, Gate
from functions.core.workflows.machine import Machine
from functions.core.workflows.messages import (
    COMMANDS,
    AskPerson,
    Assign,
    Cancel,
    Compensate,
    Deadline,
    Decision,
    End,
    Reply,
    SetDeadline,
    Start,
    Superseded,
)
from functions.core.workflows.patterns.sequential import Sequential, Stage
from functions.core.workflows.state import KEPT_HISTORY, KEPT_STRAYS, MOST_HISTORY

NUMBER = Gate({"n": Field("whole", least=1)})
TWO_STAGES = Sequential(stages=[Stage("draft", "ada", NUMBER), Stage("check", "bob", NUMBER)], compensates=["ada"])
FIRST, SECOND = "r7/1/ada/1", "r7/2/bob/1"


@pytest.fixture
def machine():
    return Machine(TWO_STAGES)


@pytest.fixture
def run(machine):
    """The state and the last commands after these messages."""

    def run(*messages):
        state, commands = machine.step(machine.new("r7"), Start({"order": 4711}, ["shop:order/4711"]))
        for message in messages:
            state, commands = machine.step(state, message)
        return state, commands

    return run


def test_an_id_follows_from_run_round_member_and_attempt(run):
    """So a step that is repeated after a crash gives the same tasks."""
    state, commands = run()
    assert commands == (
        SetDeadline("r7", TWO_STAGES.seconds),
        Assign(FIRST, "ada", {"task": {"order": 4711}, "stage": "draft", "before": []}),
        SetDeadline(FIRST, TWO_STAGES.patience),
    )
    assert run() == (state, commands)


def test_an_answer_that_does_not_fit_is_asked_for_again_with_the_reason(run):
    """Under a new id, so that an answer to the first attempt that comes later is known as late."""
    state, commands = run(Reply("ada", FIRST, {"n": 0}))
    again = {"attempt": 2, "because": "n: 0, at least 1"}
    assert (commands[0].id, commands[0].payload["another_attempt"]) == ("r7/1/ada/2", again)
    late, nothing = Machine(TWO_STAGES).step(state, Reply("ada", FIRST, {"n": 1}))
    assert (nothing, late.strays[0].note) == ((), "late")


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        (Reply("ada", FIRST, {"n": 2}), ("reply", "ada", FIRST, "again")),
        (Reply("bob", "r7/2/bob/9", {"n": 2}), ("reply", "bob", "r7/2/bob/9", "unknown task")),
        (Reply("eve", SECOND, {"n": 2}), ("reply", "eve", SECOND, "a task of bob")),
        (Decision(SECOND, "approved", {"n": 2}), ("decision", "person", SECOND, "a task of bob")),
        (Deadline(FIRST), ("deadline", "", FIRST, "again")),
        (Deadline("another run"), ("deadline", "", "another run", "unknown task")),
        (Start({}), ("start", "", "", "started already")),
    ],
)
def test_what_does_not_belong_is_recorded_and_nothing_else(run, message, kept):
    """Copies, unknown tasks, other members' tasks, old deadlines."""
    before, _ = run(Reply("ada", FIRST, {"n": 1}))
    after, commands = run(Reply("ada", FIRST, {"n": 1}), message)
    stray = after.strays[0]
    assert (commands, after.without_record()) == ((), before.without_record())
    assert (stray.kind, stray.member, stray.task, stray.note) == kept


def test_a_flood_of_strays_displaces_nothing_of_the_history(run):
    """And what the state has no room for is handed out in order, once the list is over its limit."""
    state, _ = run(*[Reply("x" * 10_000, "y" * 10_000, {})] * 100)
    assert (state.strayed, state.recorded) == (100, 2)
    kept, spilled = state.spilled()
    assert len(Machine(TWO_STAGES).write(kept)) < 10_000
    assert [entry.kind for entry in kept.history] == ["started", "assigned"]
    assert [one.number for one in (*spilled["strays"], *kept.strays)] == [*range(1, 101)]
    assert len(kept.strays) == KEPT_STRAYS and kept.spilled() == (kept, {})


def test_history_is_spilled_once_it_is_over_its_limit(run):
    """The newest entries stay, and the same state always spills the same."""
    state, _ = run()
    for _ in range(MOST_HISTORY - 2):
        state = state.with_entry("answered", "ada", FIRST, "é" * 1_000)
    assert state.spilled() == (state, {})
    over = state.with_entry("answered", "ada", FIRST)
    kept, spilled = over.spilled()
    assert over.spilled() == (kept, spilled)
    assert [one.number for one in spilled["history"]] == [*range(1, MOST_HISTORY + 2 - KEPT_HISTORY)]
    assert (*spilled["history"], *kept.history) == over.history


def test_a_cancelled_run_compensates_the_latest_first_and_ends(run):
    """Also what was not answered: a lost answer does not mean that nothing was done."""
    state, commands = run(Deadline(FIRST), Reply("ada", "r7/1/ada/2", {"n": 1}), Cancel("a mistake"))
    undone = [Compensate(f"{task}/undo", "ada", task) for task in ("r7/1/ada/2", FIRST)]
    result = {"outputs": [{"stage": "draft", "member": "ada", "attempt": 2, "output": {"n": 1}}]}
    assert commands == (*undone, End("cancelled", "a mistake", result))
    assert [task.status for task in state.tasks] == ["failed", "answered", "dropped"]


@pytest.mark.parametrize(
    ("message", "end"),
    [(Superseded("evt_2"), "superseded"), (Deadline("r7"), "expired"), (Cancel(), "cancelled")],
)
def test_a_run_that_is_cut_short_says_what_it_has(run, message, end):
    """And nothing comes after it, whatever arrives."""
    state, commands = run(Reply("ada", FIRST, {"n": 1}), message)
    assert (state.end, commands[-1].state, len(commands[-1].result["outputs"])) == (end, end, 1)
    for late in (Reply("bob", SECOND, {"n": 1}), Deadline(SECOND), Deadline("r7"), Cancel(), Start({})):
        after, nothing = Machine(TWO_STAGES).step(state, late)
        assert (nothing, after.without_record(), after.strays[0].note) == ((), state.without_record(), "after the end")


def test_a_run_can_be_cancelled_before_it_starts(machine):
    """The start that comes late starts nothing."""
    state, commands = machine.step(machine.new("r7"), Cancel())
    assert commands == (End("cancelled", "cancelled", {}),)
    assert machine.step(state, Start({}))[1] == ()


def test_nothing_happens_before_the_start(machine):
    """Its deadline included."""
    for early in (Deadline("r7"), Reply("ada", FIRST, {"n": 1}), Decision(FIRST, "approved")):
        state, commands = machine.step(machine.new("r7"), early)
        assert (commands, state.memory, state.strayed) == ((), None, 1)


@pytest.mark.parametrize(
    "content",
    [None, "text", ["list"], {"n": float("nan")}, {"n": {1, 2}}, {"n": "x" * 5_000}, {"\ud800": 1}, {("a",): 1}],
)
def test_any_content_is_an_attempt_that_failed(run, content):
    """Whatever a member sends, the machine does not raise."""
    state, commands = run(Reply("ada", FIRST, content))
    assert (state.tasks[0].status, commands[0].id) == ("failed", "r7/1/ada/2")
    assert Machine(TWO_STAGES).read(Machine(TWO_STAGES).write(state)) == state


def test_content_nested_too_deep_is_an_attempt_that_failed(run):
    """It could not be written again."""
    deep = {}
    for _ in range(5_000):
        deep = {"n": deep}
    assert run(Reply("ada", FIRST, deep))[0].tasks[0].status == "failed"


def test_a_person_is_asked_and_their_answer_is_a_stages_output(run):
    """With everything that they must know, and under the same gate."""
    failed = (Deadline(FIRST), Deadline("r7/1/ada/2"))
    _, commands = run(*failed)
    asked = commands[0]
    assert isinstance(asked, AskPerson)
    assert commands[1] == SetDeadline(asked.id, TWO_STAGES.person_seconds)
    assert "ada failed 2 times: no answer in 900 s" in asked.question
    _, commands = run(*failed, Decision(asked.id, "approved", {"n": 5}))
    before = [{"stage": "draft", "member": "person", "attempt": 1, "output": {"n": 5}}]
    assert commands[0].payload["before"] == before
    _, commands = run(*failed, Decision(asked.id, "approved", {"n": 0}))
    assert commands[-1].state == "handed_to_person"


def test_a_run_is_not_continued_under_another_declaration(run):
    """What was promised at its start is not what would happen now."""
    state, _ = run()
    other = Machine(replace(TWO_STAGES, attempts=1))
    after, commands = other.step(state, Reply("ada", FIRST, {"n": 1}))
    assert (after.end, len(commands), commands[-1].reason[:39]) == (
        "handed_to_person",
        1,
        "the workflow's declaration changed duri",
    )


def test_commands_and_states_are_json(machine, run):
    """A driver stores both."""
    state, commands = run(Reply("ada", FIRST, {"n": 1}))
    assert COMMANDS.validate_json(COMMANDS.dump_json(commands)) == commands
    assert machine.read(machine.write(state)) == state
    assert machine.write(machine.read(machine.write(state))) == machine.write(state)


def test_what_a_run_does_not_depend_on_is_its_record(run, machine):
    """So an exploration may leave it out."""
    state, _ = run(Reply("ada", FIRST, {"n": 0}))
    for message in (Reply("ada", "r7/1/ada/2", {"n": 1}), Deadline("r7/1/ada/2"), Cancel()):
        assert machine.step(state, message)[1] == machine.step(state.without_record(), message)[1]


@pytest.mark.parametrize("task", [{"text": "x" * 9_000}, {"n": float("inf")}, ["list"]])
def test_a_task_that_no_state_can_hold_is_refused_at_once(task):
    """With its size."""
    with pytest.raises(PermanentError, match="a workflow's task: "):
        Start(task)


def test_a_run_of_too_many_entities_is_refused():
    """The payload of a planner names them all."""
    with pytest.raises(PermanentError, match="51 entities: at most 50"):
        Start({}, [f"shop:order/{number}" for number in range(51)])


def test_patterns_are_found_by_their_modules():
    """Each has one declaration, by which it is found again."""
    assert {"sequential", "concurrent", "group_chat", "handoff", "magentic"} <= {*patterns()}
    assert all(pattern_of_class(pattern.declaration) is pattern for pattern in patterns().values())


def pattern_of_class(declaration):
    return pattern_of(object.__new__(declaration))


def test_a_declaration_of_no_pattern_has_no_machine():
    """It says so."""
    with pytest.raises(ManifestError, match="str is no pattern's declaration"):
        pattern_of("sequential")
