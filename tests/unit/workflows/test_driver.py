"""The driver: at most three requests a step, and one run without a lost or doubled task wherever it dies."""

from collections import deque

import pytest

from functions.core.workflows.catalogue import patterns
from functions.core.workflows.driver import Driver, Handled
from functions.core.workflows.machine import Machine
from functions.core.workflows.merging import Agree
from functions.core.workflows.messages import AskPerson, Assign, Cancel, Deadline, Decision, End, Reply, Start
from functions.core.workflows.patterns.concurrent import Concurrent
from functions.core.workflows.runs import KEEP_SECONDS, AnotherStep, Cause, Runs, Stored
from hookline.simulation.tables import Tables
from hookline.testing.workflows.planted import detect
from hookline.testing.workflows.proofs import proof_of
from tests.unit.fakes import NOW
from tests.unit.workflows.dying import Died, World

TWO = Concurrent(asked=["ada", "bob"], merge={"v": Agree()})


def drive(world, planted, run, make_event):
    """Handle every message, again if the driver died with it, until the run is over and no message is left."""
    driver = Driver(Machine(planted.declared), world.runs, world.publish, world.spill)
    messages, answered = deque([Start({"n": 1}, planted.entities)]), set()
    state, number = None, 0
    while messages:
        try:
            state = driver.handle(run, messages[0], make_event(id=f"stripe:e{number}", causationid="p")).state
            messages.popleft()
            number += 1
        except Died:
            pass
        for _, _, command in world.published:
            if str(command) in answered:
                continue
            answered.add(str(command))
            match command:
                case Assign(task, member):
                    content = planted.members(command)
                    messages.append(Deadline(task) if content is None else Reply(member, task, content))
                case AskPerson(question):
                    messages.append(Decision(question, "expired"))
    return state


@pytest.fixture
def world(dynamodb, table):
    """Makes a world on the tables of moto."""
    table("runs")
    return lambda *dies: World(dynamodb, *dies)


@pytest.fixture
def quick_world():
    """The same without HTTP: the crashes make thousands of requests."""
    by_id = {"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}], "BillingMode": "PAY_PER_REQUEST"}
    kinds = [{"AttributeName": "id", "AttributeType": "S"}]
    tables = Tables([{"TableName": "runs", "AttributeDefinitions": kinds, **by_id}])
    return lambda *dies: World(tables, *dies)


@pytest.fixture
def handle(make_event):
    """Handles a message that an event of this id brings, in a world or with a driver."""

    def handle(driver, message, id="stripe:e1", **changes):
        if isinstance(driver, World):
            driver = Driver(Machine(TWO), driver.runs, driver.publish, driver.spill)
        return driver.handle("r1", message, make_event(id=id, **changes))

    return handle


@pytest.fixture
def stored(make_event):
    """A stored run of this version."""
    return lambda version, outbox=(): Stored(b"{}", version, make_event(), Cause("stripe:e1", ""), outbox)


def test_a_step_makes_at_most_three_requests(world, handle):
    """Read, save with the commands, mark as published; two if nothing is to be published."""
    here = world()
    for number, (message, requests) in enumerate(
        (
            (Start({}), ["get_item", "put_item", "update_item"]),
            (Reply("ada", "r1/1/ada/1", {"v": 1}), ["get_item", "put_item"]),
            (Reply("bob", "r1/1/bob/1", {"v": 1}), ["get_item", "put_item", "update_item"]),
        )
    ):
        here.requests.clear()
        assert handle(here, message, f"stripe:e{number}").stray == ""
        assert here.requests == requests
    assert here.runs.read("r1").outbox == ()


@pytest.mark.parametrize("pattern", patterns())
def test_wherever_it_dies_there_is_one_run_and_every_task_once(quick_world, pattern, make_event):
    """Before and after each call; what is published twice is the same command with the same parent."""
    runs = [one for one in proof_of(pattern).PLANTED if detect(one).all_steps >= 4]
    planted = min(runs, key=lambda one: detect(one).all_steps)
    whole = quick_world()
    end = drive(whole, planted, "undisturbed", make_event)
    expected = {str(command).replace("undisturbed", "RUN") for command in whole.published}
    assert len(expected) == len(whole.published) and end.end
    for number in range(1, whole.calls + 1):
        for before in (True, False):
            run = f"run{number}{before}"
            dying = quick_world(number, before)
            state = drive(dying, planted, run, make_event)
            assert {str(command).replace(run, "RUN") for command in dying.published} == expected, (number, before)
            assert (state.end, [task.status for task in state.tasks]) == (end.end, [task.status for task in end.tasks])
            assert (state.strayed, dying.runs.read(run).outbox) == (end.strayed, ())


@pytest.mark.parametrize("calls", [4, 5, 6])
def test_what_another_events_step_left_is_published_first_as_its_own(world, handle, calls):
    """If the process died between the two, before any of its commands or after some."""
    here = world(calls, True)
    with pytest.raises(Died):
        handle(here, Start({}), "stripe:start", causationid="p")
    handle(here, Reply("ada", "r1/1/ada/1", {"v": 1}), "stripe:reply")
    assert {(parent, cause) for parent, cause, _ in here.published} == {("stripe:start", "p")}
    assert {command.id for _, _, command in here.published if isinstance(command, Assign)} == {
        "r1/1/ada/1",
        "r1/1/bob/1",
    }
    before = len(here.published)
    assert "started already" in handle(here, Start({}), "stripe:start").stray
    assert len(here.published) == before


def test_two_steps_at_the_same_moment_are_one_after_the_other(world, handle):
    """The later one is refused before it publishes anything, and its message comes again."""
    here = world()
    handle(here, Start({}))

    class Between(Runs):
        def save(self, run, stored, also=()):
            handle(here, Reply("bob", "r1/1/bob/1", {"v": 1}), "stripe:bob")
            super().save(run, stored, also)

    slow = Driver(Machine(TWO), Between(here, "runs", lambda: NOW), here.publish, here.spill)
    published = len(here.published)
    with pytest.raises(AnotherStep, match="run r1 had another step"):
        handle(slow, Reply("ada", "r1/1/ada/1", {"v": 1}), "stripe:ada")
    assert len(here.published) == published
    assert handle(here, Reply("ada", "r1/1/ada/1", {"v": 1}), "stripe:ada").state.end == "merged"


def test_two_starts_at_the_same_moment_are_one_run(world, stored):
    """The second is a copy."""
    here = world()
    here.runs.save("r1", stored(1))
    with pytest.raises(AnotherStep):
        here.runs.save("r1", stored(1))


def test_an_older_step_does_not_empty_the_outbox_of_a_newer_one(world, stored):
    """The newer one's commands would be lost."""
    runs = world().runs
    runs.save("r1", stored(1))
    runs.save("r1", stored(2, (End("cancelled", "", {}),)))
    runs.published("r1", 1)
    assert runs.read("r1").outbox == (End("cancelled", "", {}),)


def test_a_run_is_kept_for_longer_than_any_of_its_events_waits(world, stored, dynamodb):
    """DynamoDB deletes it then."""
    world().runs.save("r1", stored(1))
    item = dynamodb.get_item(TableName="runs", Key={"id": {"S": "run r1"}})["Item"]
    assert item["expiration"] == {"N": str(int(NOW) + KEEP_SECONDS)}


def test_a_message_to_a_run_that_does_not_exist_makes_none(world, handle):
    """Whatever it is."""
    here = world()
    for message in (Reply("ada", "r1/1/ada/1", {}), Cancel(), Deadline("r1")):
        assert handle(here, message) == Handled(None, "there is no such run")
    assert (here.runs.read("r1"), here.published) == (None, [])


def test_an_event_of_another_causal_tree_does_not_touch_a_run(world, handle):
    """A member that has tasks of two runs cannot answer one with the authority of the other."""
    here = world()
    handle(here, Start({}))
    reply = Reply("ada", "r1/1/ada/1", {"v": 1})
    assert handle(here, reply, correlationid="stripe:other") == Handled(None, "the run is of another causal tree")
    assert here.runs.read("r1").version == 1
