"""A handoff that takes news during its triage alone: later events wait, and start a run of their own after the end."""

from dataclasses import replace
from itertools import permutations

import pytest

from functions.core.platform.errors import NotYet
from functions.core.workflows.messages import Assign, Cancel, Deadline, Reply, SetDeadline
from functions.core.workflows.patterns.handoff import Handoff
from functions.core.workflows.repeats import A_STEP
from functions.core.workflows.runs import run_id
from tests.unit.workflows.dying import Died
from tests.unit.workflows.test_repeats import CLOSED, Board, at  # noqa: F401 - `at` is a fixture

TRIAGE = Handoff(triage="ada", specialists=["bob"], same_entity="join", joins="triage", ends=[CLOSED])


def replies(board, event, member, **content):
    """The member that has the task of the event's run answers."""
    (task,) = board.run(event).open
    assert task.member == member
    send(board, event, Reply(member, task.id, content))
    assert board.run(event).find(task.id).status == "answered"


def send(board, event, message):
    """Another event of the same tree brings the message to the run."""
    number = len(board.run(event).tasks)
    brings = replace(event, id=f"{event.id}.{type(message).__name__}{number}")
    assert not board.driver.handle(run_id(event.id), message, brings).stray


def handed(board, event):
    """The run of the event, with the task at its specialist."""
    assert board.get(event) == A_STEP
    replies(board, event, "ada", says="hand_off", to="bob", reason="it is theirs")


def test_during_triage_an_event_joins(at):  # noqa: F811 - the fixture
    """Nobody has acted yet."""
    board = Board(TRIAGE)
    board.get(at(1))
    assert board.get(at(2)) == f"joined the run {run_id(at(1).id)}"


@pytest.mark.parametrize("over", ["done", "person", "cancelled", "expired"])
def test_after_it_an_event_waits_for_the_end_and_starts_a_run_of_its_own(at, over):  # noqa: F811 - the fixture
    """However the run ends. Nothing is stored of it before, so it can come again."""
    board, first, second = Board(TRIAGE), at(1), at(2)
    handed(board, first)
    before = board.run(first)
    for _ in range(2):
        with pytest.raises(NotYet) as waits:
            board.get(second)
    assert waits.value.retry_after and (board.run(first), board.run(second)) == (before, None)
    match over:
        case "done":
            replies(board, first, "bob", says="done", result="noted")
        case "person":
            replies(board, first, "bob", says="hand_off", to="person", reason="not mine")
        case "cancelled":
            send(board, first, Cancel())
        case "expired":
            send(board, first, Deadline(run_id(first.id)))
    assert board.get(second) == A_STEP
    assert (board.run(second).task, board.run(second).news, board.run(first).news) == (second.data, (), ())


@pytest.mark.parametrize("order", [*permutations([2, 3, 4])])
def test_of_events_that_waited_one_starts_the_run_and_the_others_join(at, order):  # noqa: F811 - the fixture
    """In whatever order they return: none is lost, and none starts a second run. A copy changes nothing."""
    board = Board(TRIAGE)
    handed(board, at(1))
    replies(board, at(1), "bob", says="done", result="noted")
    for second in (*order, *order):
        board.get(at(second))
    run = board.run(at(order[0]))
    assert [run.task["at"], *(one.data["at"] for one in run.news)] == [*order]
    assert not any(board.run(at(one)) for one in order[1:])


def test_an_event_that_waited_until_the_entity_was_closed_starts_nothing(at):  # noqa: F811 - the fixture
    """The end came after it."""
    board = Board(TRIAGE)
    handed(board, at(1))
    with pytest.raises(NotYet):
        board.get(at(2))
    board.get(at(3, type=CLOSED))
    assert board.get(at(2)) == "starts nothing: a later event about the same entity came before"


@pytest.mark.parametrize("dies", range(1, 4))
def test_an_event_that_waits_publishes_what_the_run_has_left(at, dies):  # noqa: F811 - the fixture
    """A task that was assigned and never published would have no deadline, and the wait for its end none either."""
    board = Board(TRIAGE)
    board.get(at(1))
    (task,) = board.run(at(1)).open
    hands = Reply("ada", task.id, {"says": "hand_off", "to": "bob", "reason": "it is theirs"})
    board.dies_at = board.calls + 2 + dies  # after the run was read and saved
    with pytest.raises(Died):
        board.driver.handle(run_id(at(1).id), hands, at(1, number="hands", correlationid=at(1).id))
    with pytest.raises(NotYet):
        board.get(at(2))
    told = [one[2] for one in board.published]
    assigned = [one.id for one in told if isinstance(one, Assign) and one.member == "bob"]
    assert assigned and assigned[-1] in [one.id for one in told if isinstance(one, SetDeadline)]
    assert not board.runs.read(run_id(at(1).id)).outbox
