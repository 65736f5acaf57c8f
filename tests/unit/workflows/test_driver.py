"""The driver: at most three requests a step, and one run without a lost or doubled task wherever it dies."""

from collections import deque

import pytest

from functions.core.workflows.catalogue import patterns
from functions.core.workflows.driver import Driver
from functions.core.workflows.machine import Machine
from functions.core.workflows.merging import Agree
from functions.core.workflows.messages import AskPerson, Assign, Cancel, Deadline, Decision, End, Reply, Start
from functions.core.workflows.patterns.concurrent import Concurrent
from functions.core.workflows.runs import AnotherStep, Runs, Stored
from hookline.testing.workflows.planted import detect
from hookline.testing.workflows.proofs import proof_of

TWO = Concurrent(asked=["ada", "bob"], merge={"v": Agree()})


class Died(BaseException):
    """The process is gone: no code of it may catch this."""


class World:
    """DynamoDB and the bus, as a driver calls them; it dies before or after the call number `dies_at`."""

    def __init__(self, dynamodb, dies_at=None, before=True):
        self.dynamodb, self.dies_at, self.before = dynamodb, dies_at, before
        self.calls, self.requests, self.published = 0, [], []

    def __getattr__(self, name):
        def request(**arguments):
            self.requests.append(name)
            return self.reached(lambda: getattr(self.dynamodb, name)(**arguments))

        return request

    def publish(self, run, commands):
        for command in commands:
            self.reached(lambda command=command: self.published.append(command))

    def reached(self, call):
        self.calls += 1
        dies = self.calls == self.dies_at
        if dies and self.before:
            raise Died
        answer = call()
        if dies:
            raise Died
        return answer


def drive(world, planted, run):
    """Handle every message, again if the driver died with it, until the run is over and no message is left."""
    driver = Driver(Machine(planted.declared), Runs(world, "runs"), world.publish)
    messages, answered = deque([Start({"n": 1}, planted.entities)]), 0
    state = None
    while messages:
        try:
            state = driver.handle(run, messages[0])
            messages.popleft()
        except Died:
            pass
        for command in world.published[answered:]:
            match command:
                case Assign(task, member):
                    content = planted.members(command)
                    messages.append(Deadline(task) if content is None else Reply(member, task, content))
                case AskPerson(question):
                    messages.append(Decision(question, "expired"))
        answered = len(world.published)
    return state


@pytest.fixture
def world(dynamodb, table):
    """Makes a world on the tables of moto."""
    table("runs")
    return lambda *dies: World(dynamodb, *dies)


def test_a_step_makes_at_most_three_requests(world):
    """Read, save with the commands, mark as published; two if nothing is to be published."""
    here = world()
    driver = Driver(Machine(TWO), Runs(here, "runs"), here.publish)
    for message, requests in (
        (Start({}), ["get_item", "put_item", "update_item"]),
        (Reply("ada", "r1/1/ada/1", {"v": 1}), ["get_item", "put_item"]),
        (Reply("bob", "r1/1/bob/1", {"v": 1}), ["get_item", "put_item", "update_item"]),
    ):
        here.requests.clear()
        driver.handle("r1", message)
        assert here.requests == requests
    assert Runs(here, "runs").read("r1").outbox == ()


@pytest.mark.parametrize("pattern", patterns())
def test_wherever_it_dies_there_is_one_run_and_every_task_once(world, pattern):
    """Before and after each call; what is published twice is the same command."""
    runs = [one for one in proof_of(pattern).PLANTED if detect(one).all_steps >= 4]
    planted = min(runs, key=lambda one: detect(one).all_steps)
    whole = world()
    end = drive(whole, planted, "undisturbed")
    expected = {str(command).replace("undisturbed", "RUN") for command in whole.published}
    assert len(expected) == len(whole.published) and end.end
    for number in range(1, whole.calls + 1):
        for before in (True, False):
            run = f"run{number}{before}"
            dying = world(number, before)
            state = drive(dying, planted, run)
            assert {str(command).replace(run, "RUN") for command in dying.published} == expected, (number, before)
            assert (state.end, [task.status for task in state.tasks]) == (end.end, [task.status for task in end.tasks])
            assert Runs(dying, "runs").read(run).outbox == ()


def test_two_steps_at_the_same_moment_are_one_after_the_other(world):
    """The later one is refused before it publishes anything, and its message comes again."""
    here = world()
    driver = Driver(Machine(TWO), Runs(here, "runs"), here.publish)
    driver.handle("r1", Start({}))

    class Between(Runs):
        def save(self, run, stored):
            driver.handle(run, Reply("bob", "r1/1/bob/1", {"v": 1}))
            super().save(run, stored)

    slow = Driver(Machine(TWO), Between(here, "runs"), here.publish)
    published = len(here.published)
    with pytest.raises(AnotherStep, match="run r1 had another step"):
        slow.handle("r1", Reply("ada", "r1/1/ada/1", {"v": 1}))
    assert len(here.published) == published
    assert driver.handle("r1", Reply("ada", "r1/1/ada/1", {"v": 1})).end == "merged"


def test_two_starts_at_the_same_moment_are_one_run(world):
    """The second is a copy."""
    here = world()
    Runs(here, "runs").save("r1", Stored(b"{}", 1))
    with pytest.raises(AnotherStep):
        Runs(here, "runs").save("r1", Stored(b"{}", 1))


def test_an_older_step_does_not_empty_the_outbox_of_a_newer_one(world):
    """The newer one's commands would be lost."""
    runs = Runs(world(), "runs")
    runs.save("r1", Stored(b"{}", 1))
    runs.save("r1", Stored(b"{}", 2, (End("cancelled", "", {}),)))
    runs.published("r1", 1)
    assert runs.read("r1").outbox == (End("cancelled", "", {}),)


def test_a_message_to_a_run_that_does_not_exist_makes_none(world):
    """Whatever it is."""
    here = world()
    driver = Driver(Machine(TWO), Runs(here, "runs"), here.publish)
    for message in (Reply("ada", "r1/1/ada/1", {}), Cancel(), Deadline("r1")):
        assert driver.handle("r1", message) is None
    assert (Runs(here, "runs").read("r1"), here.published) == (None, [])
