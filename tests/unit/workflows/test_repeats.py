"""Events about the same entity: a later one supersedes, ends or joins the run, once, wherever a process dies."""

import json
from contextlib import suppress
from dataclasses import replace
from itertools import permutations

import pytest

from functions.core.events.event import child_id
from functions.core.platform.errors import PermanentError
from functions.core.workflows.driver import Driver
from functions.core.workflows.entities import Entities
from functions.core.workflows.machine import Machine
from functions.core.workflows.merging import Agree
from functions.core.workflows.messages import Assign, Cancel, Compensate, Deadline, End, Start
from functions.core.workflows.patterns.concurrent import Concurrent
from functions.core.workflows.patterns.handoff import Handoff
from functions.core.workflows.repeats import A_STEP, Repeats
from functions.core.workflows.runs import AnotherStep, run_id
from functions.core.workflows.state import KEPT_STRAYS, MOST_STRAYS
from hookline.simulation.tables import Tables
from tests.unit.fakes import NOW
from tests.unit.workflows.dying import Died, World

PUSHED, CLOSED = "change.pushed", "change.closed"
SUPERSEDE = Concurrent(asked=["ada"], merge={"v": Agree()}, compensates=["ada"], same_entity="supersede", ends=[CLOSED])
JOIN = Handoff(triage="ada", specialists=["bob"], same_entity="join", news=3, ends=[CLOSED])
TABLE = {
    "TableName": "runs",
    "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
}


def in_tree(event, type, origin):
    return origin.child(source="agent.board", type=type, time="", data={}, schema="").__class__(
        **{**vars(origin), "id": child_id(event.id, "agent.board", type), "type": type, "causationid": event.id}
    )


MACHINES = {}


def machine(digest, declared):
    """One machine for each declaration: making one takes far longer than a step."""
    if digest not in MACHINES:
        MACHINES[digest] = Machine(declared)
    return MACHINES[digest]


class Board(World):
    """The events of one workflow, handled one after the other; each again until its process lives."""

    def __init__(self, declared, *dies):
        super().__init__(Tables([TABLE]), *dies)
        self.declared = declared

    @property
    def driver(self):
        return Driver(machine(self.declared.digest, self.declared), self.runs, self.publish, self.spill)

    def get(self, event):
        for _ in range(5):
            try:
                repeats = Repeats(self.declared, self.driver, Entities(self, "runs", lambda: NOW), in_tree)
                if event.type in self.declared.ends:
                    return repeats.end(event)
                return repeats.begin(run_id(event.id), Start(event.data, event.entities), event)
            except (Died, AnotherStep):
                pass
        raise AssertionError(f"{event.id} was never handled")

    def run(self, event):
        """The run of an event as it is stored, without what a copy adds to its record."""
        stored = self.driver.runs.read(run_id(event.id))
        return self.driver.machine.read(stored.state).without_record() if stored else None

    @property
    def ends(self):
        return [
            (one[2].state, one[2].reason)
            for one in {str(one): one for one in self.published}.values()
            if isinstance(one[2], End)
        ]


@pytest.fixture
def at(make_event):
    """An event about the change that happened in this second; `number` tells it from others."""

    def at(second, type=PUSHED, number=None, **changes):
        id = f"github:e{second if number is None else number}"
        time = f"2026-09-21T13:33:{second:02}Z"
        fields = {"id": id, "type": type, "time": time, "correlationid": id, "data": {"at": second}}
        return make_event(**fields | changes)

    return at


def test_a_later_event_ends_the_run_before_and_then_starts_its_own(at):
    """As superseded: what the member did is compensated, in the tree of the run that ends."""
    board, first, second = Board(SUPERSEDE), at(1), at(2)
    assert [board.get(first), board.get(second)] == [A_STEP, A_STEP]
    assert (board.run(first).end, board.run(second).end) == ("superseded", "")
    assert board.run(first).reason == f"superseded by {PUSHED} github:e2"
    cause = child_id("github:e2", "agent.board", "workflow.superseded")
    undone = [one for one in board.published if isinstance(one[2], Compensate)]
    assert [(parent, because) for parent, because, _ in undone] == [(cause, "github:e2")]
    order = [type(one[2]).__name__ for one in board.published]
    assert order.index("End") < len(order) - 1 - order[::-1].index("Assign")


@pytest.mark.parametrize("declared", [SUPERSEDE, JOIN], ids=["supersede", "join"])
def test_requests_are_few_and_bounded(declared, at):
    """Four for the first event about an entity; what it does to another run is a step of that run."""
    board = Board(declared)
    board.get(at(1))
    assert board.requests == ["get_item", "get_item", "transact_write_items", "update_item"]
    board.requests.clear()
    board.get(at(2))
    step = ["get_item", "put_item", "update_item"] if declared is SUPERSEDE else ["get_item"]
    assert board.requests == ["get_item", "get_item", *step, "transact_write_items", "update_item"]


def test_without_a_declaration_another_run_starts_beside_the_first(at):
    """At three requests, as any step."""
    board = Board(Concurrent(asked=["ada"], merge={"v": Agree()}))
    for event in (at(1), at(2)):
        board.requests.clear()
        assert board.get(event) == A_STEP and len(board.requests) == 3
    assert (board.run(at(1)).end, board.run(at(2)).end) == ("", "")


@pytest.mark.parametrize("order", [*permutations(range(4))])
def test_in_whatever_order_events_come_the_latest_decides(order, at):
    """Pushes in the seconds 1, 2 and 4, a close in the third, each twice: only the run of the fourth is under way."""
    events = [at(1), at(2), at(3, CLOSED), at(4)]
    board = Board(SUPERSEDE)
    for number in (*order, *order):
        board.get(events[number])
    assert board.run(events[3]).end == ""
    assert {run.end for run in map(board.run, events[:3]) if run} <= {"superseded"}
    assert len(board.ends) == sum(run is not None for run in map(board.run, events[:3]))


def test_events_of_the_same_second_come_after_each_other_by_their_receipt(at):
    """And an event without a readable time by that alone."""
    early, late = (
        at(1, number=number, receivedat=f"2026-09-21T13:35:0{second}Z") for number, second in ((8, 1), (7, 2))
    )
    board = Board(SUPERSEDE)
    board.get(late)
    assert board.get(early).startswith("starts nothing")
    odd = at(1, number=6, time="yesterday", receivedat="2026-09-21T13:35:05Z")
    assert board.get(odd) == A_STEP and board.run(late).end == "superseded"


def test_other_entities_are_left_alone(at):
    """Also where events name several; one that names none starts a run."""
    board, other = Board(SUPERSEDE), at(2, subject="stripe:charge/other", entities=["stripe:charge/other"])
    nothing = at(3, subject="x", entities=[])
    for event in (at(1), other, nothing):
        assert board.get(event) == A_STEP
    assert {board.run(event).end for event in (at(1), other, nothing)} == {""}
    assert board.get(at(4, CLOSED, subject="x", entities=[])) == "ends nothing: it names no entity"


@pytest.mark.parametrize("declared", [SUPERSEDE, JOIN], ids=["supersede", "join"])
def test_an_event_that_ends_ends_the_run_and_starts_none(declared, at):
    """Not even if it is larger than a run's task; what happened before it starts none either."""
    board = Board(declared)
    board.get(at(2))
    large = at(3, CLOSED, data={"text": "x" * 9_000})
    assert board.get(large) == f"ended the run {run_id('github:e2')}"
    assert (board.run(at(2)).end, board.run(large)) == ("superseded", None)
    assert board.get(large).startswith("ends nothing: this event")
    assert board.get(at(1)).startswith("starts nothing") and board.run(at(1)) is None
    assert board.get(at(5, CLOSED)) == "ends nothing: no run is under way"
    assert board.get(at(6)) == A_STEP and board.run(at(6)).end == ""


def test_an_event_joins_the_run_and_who_has_the_task_gets_it_again_with_the_news(at):
    """Under the grant of the run; the answer to the task without the news is late."""
    board, first, second = Board(JOIN), at(1), at(2)
    board.get(first)
    assert board.get(second) == f"joined the run {run_id(first.id)}"
    run = board.run(first)
    assert ([task.status for task in run.tasks], board.run(second)) == (["dropped", "open"], None)
    given = [one[2] for one in board.published if isinstance(one[2], Assign)]
    assert [(one.member, one.payload.get("news")) for one in given] == [("ada", None), ("ada", [dict(second.data)])]
    assert given[1].id == run.open[0].id != given[0].id


def test_an_event_joins_once_also_after_the_run_is_over_and_another_runs(at):
    """A copy of it that comes late starts nothing and joins nothing."""
    board, first, second = Board(JOIN), at(1), at(2)
    board.get(first)
    board.get(second)
    board.driver.handle(run_id(first.id), Cancel(), first)
    assert board.get(at(3)) == A_STEP
    assert board.get(second) == f"joined the run {run_id(first.id)}"
    assert (board.run(at(3)).news, len(board.run(first).news), board.run(second)) == ((), 1, None)


def test_an_event_that_is_older_than_the_run_joins_it_too(at):
    """What it says was not known, whenever it happened."""
    board = Board(JOIN)
    board.get(at(2))
    assert board.get(at(1)) == f"joined the run {run_id('github:e2')}"


def test_one_event_more_than_may_join_hands_the_run_to_a_person_with_all_of_them(at):
    """Nothing is dropped, and the next event starts a run."""
    board = Board(JOIN)
    for second in range(1, 6):
        board.get(at(second))
    run, end = board.run(at(1)), next(one[2] for one in board.published if isinstance(one[2], End))
    assert (run.end, run.reason) == ("handed_to_person", "4 events joined the run, 3 may")
    assert [one["at"] for one in end.result["news"]] == [2, 3, 4, 5]
    assert board.get(at(6)) == A_STEP and board.run(at(6)).end == ""


def test_what_joins_a_run_of_another_declaration_is_in_its_result(at):
    """The run goes to a person, who gets the news."""
    board = Board(JOIN)
    board.get(at(1))
    board.declared = Handoff(triage="ada", specialists=["cyd"], same_entity="join")
    board.get(at(2))
    end = next(one[2] for one in board.published if isinstance(one[2], End))
    assert (end.state, [one["at"] for one in end.result["news"]]) == ("handed_to_person", [2])


def test_an_event_that_is_too_large_to_join_is_refused(at):
    """As one that would start a run is: it is a dead letter, and the run goes on."""
    board = Board(JOIN)
    board.get(at(1))
    with pytest.raises(PermanentError, match="a workflow's task: "):
        board.get(at(2, data={"text": "x" * 9_000}))
    assert board.run(at(1)).end == ""


STORIES = {
    "supersede": (SUPERSEDE, [(1, PUSHED), (3, PUSHED), (2, PUSHED), (4, CLOSED), (5, PUSHED)]),
    "join": (JOIN, [(1, PUSHED), (3, PUSHED), (2, PUSHED), (4, CLOSED), (5, PUSHED)]),
}


def found(board, events):
    runs = {event.id: board.run(event) for event in events}
    published = {(parent, cause, str(command)) for parent, cause, command in board.published}
    return (
        runs,
        published,
        [bool(stored and stored.outbox) for stored in (board.runs.read(run_id(e.id)) for e in events)],
    )


@pytest.mark.parametrize("story", STORIES)
def test_wherever_a_process_dies_the_same_runs_come_of_the_same_events(story, at):
    """Before and after each call of five events; all that was published is published, under the same causes."""
    declared, told = STORIES[story]
    events = [at(second, type) for second, type in told]
    whole = Board(declared)
    for event in events:
        whole.get(event)
    calls, expected = whole.calls, found(whole, events)
    assert calls > 20
    for number in range(1, calls + 1):
        for before in (True, False):
            dying = Board(declared, number, before)
            for event in events:
                dying.get(event)
            assert found(dying, events) == expected, (number, before)


def outcome(board, *events):
    """How the run of each event ended, and what joined it."""
    runs = [board.run(event) for event in events]
    return [run and (run.end, [one.event for one in run.news], len(run.open)) for run in runs]


@pytest.mark.parametrize("second", [PUSHED, CLOSED, "a copy"])
@pytest.mark.parametrize("story", STORIES)
def test_two_events_at_the_same_moment_are_one_after_the_other(story, second, at):
    """Whichever of its calls one has reached when the other is handled whole."""
    declared, _ = STORIES[story]
    first, one = at(1), at(2)
    other = one if second == "a copy" else at(3, second)
    outcomes = []
    for events in ((one, other), (other, one)):
        serial = Board(declared)
        for event in (first, *events):
            serial.get(event)
        outcomes.append(outcome(serial, first, one, other))
    number = calls = 0
    while calls >= number:
        number += 1
        racing = Board(declared)
        racing.get(first)
        racing.calls, racing.meanwhile_at = 0, number
        racing.meanwhile = lambda racing=racing: racing.get(other)
        racing.get(one)
        calls, racing.meanwhile_at = racing.calls, None
        if calls < number:
            racing.get(other)
        assert outcome(racing, first, one, other) in outcomes, number
        assert found(racing, [first, one, other])[2] == [False] * 3


def test_a_run_that_ends_while_an_event_joins_it_is_followed_by_another(at):
    """The news is never lost between the two."""
    board, first, second = Board(JOIN), at(1), at(2)
    board.get(first)
    board.calls, board.meanwhile_at = 0, 4
    due = at(1, number="due", correlationid=first.id)
    board.meanwhile = lambda: board.driver.handle(run_id(first.id), Deadline(run_id(first.id)), due)
    assert board.get(second) == A_STEP
    assert (board.run(first).end, board.run(first).news, board.run(second).end) == ("expired", (), "")


@pytest.mark.parametrize("dies", [None, *((number, before) for number in (1, 2, 3) for before in (True, False))])
def test_the_record_of_a_run_is_stored_before_its_item_loses_it(dies, at):
    """Wherever the step dies that stores it: each entry is in the item or beside it, and beside it only once."""
    board, first = Board(JOIN), at(1)
    board.get(first)
    for number in range(MOST_STRAYS + 2):
        if dies and number == MOST_STRAYS + 1:
            board.dies_at, board.before = board.calls + dies[0], dies[1]
        for _ in range(2):
            event = at(1, number=f"d{number}", correlationid=first.id)
            with suppress(Died):
                board.driver.handle(run_id(first.id), Deadline("unknown"), event)
                break
    state = json.loads(board.runs.read(run_id(first.id)).state)
    kept = [entry["number"] for entry in state["strays"]]
    spilled = [number for run, kind, number in board.spilled if (run, kind) == (run_id(first.id), "strays")]
    assert [*spilled, *kept] == [*range(1, state["strayed"] + 1)]
    assert (len(spilled), board.run(first).end) == (MOST_STRAYS + 1 - KEPT_STRAYS, "")


STATES = replace(SUPERSEDE, ends=[], states=["head", "replaces"])
PUSHES = [{"head": "A"}, {"head": "B", "replaces": "A"}, {"head": "C", "replaces": "B"}]


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
@pytest.mark.parametrize("copied", [False, True], ids=["once", "copied"])
def test_of_states_in_one_second_the_newest_keeps_its_run_in_any_order(at, order, copied):
    """The provider's times are too coarse, and receipt says nothing: each event was received in the order it came."""
    events = {}
    board = Board(STATES)
    for place, one in enumerate(order):
        received = f"2026-09-21T13:33:01.{place}00Z"
        events[one] = at(1, number=one, data=PUSHES[one], receivedat=received)
        for _ in range(1 + copied):
            board.get(events[one])
    ends = [run.end if (run := board.run(events[number])) else "not started" for number in range(3)]
    assert ends[2] == ""
    if order == (0, 1, 2):
        assert ends[:2] == ["superseded", "superseded"]
    if order.index(2) < order.index(1) < order.index(0):
        assert ends[1] == "not started"


def test_a_state_that_comes_back_in_the_same_second_ends_nothing(at):
    """A push and a push back: each says that it replaces the other."""
    board = Board(STATES)
    back, there = at(1, number=2, data={"head": "A", "replaces": "B"}), at(1, number=1, data=PUSHES[1])
    board.get(back)
    board.get(there)
    assert (board.run(back).end, board.run(there).end) == ("", "")


def test_of_states_at_different_times_the_time_decides(at):
    """Nobody has to say which state came before."""
    board, late, early = Board(STATES), at(2, data={"head": "B"}), at(1, data={"head": "A", "replaces": "B"})
    assert [board.get(late), board.get(early)] == [
        A_STEP,
        "starts nothing: a later event about the same entity came before",
    ]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=str)
@pytest.mark.parametrize("known", [{"head": "A"}, {"head": "B", "replaces": "A"}], ids=["first", "second"])
def test_an_event_that_names_no_state_is_neither_dropped_nor_drops_another(at, known, order):
    """In one second with one that does: nothing says which came first, so both run."""
    board, events = Board(STATES), [at(1, number=1, data=known), at(1, number=2, data={})]
    assert [board.get(events[place]) for place in order] == [A_STEP, A_STEP]
    assert [board.run(event).end for event in events] == ["", ""]


def test_after_an_end_in_the_same_second_a_state_has_a_run_that_a_later_one_ends(at):
    """The event that ended the run before says nothing of states."""
    board = Board(replace(STATES, ends=[CLOSED]))
    for event in (at(1, number=1, data=PUSHES[0]), at(1, CLOSED, number=2, receivedat="2026-09-21T13:36:00Z")):
        board.get(event)
    pushed, late = at(1, number=3, data=PUSHES[1]), at(1, number=4, data=PUSHES[2])
    assert [board.get(pushed), board.get(late)] == [A_STEP, A_STEP]
    assert (board.run(pushed).end, board.run(late).end) == ("superseded", "")
