"""The runs that an operator sees: those that some events started, and what guards saw in them."""

from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

from functions.core.workflows.machine import Machine
from functions.core.workflows.merging import Agree
from functions.core.workflows.messages import Reply, Start
from functions.core.workflows.patterns.concurrent import Concurrent
from functions.core.workflows.runs import Cause, Runs, Stored, run_id
from functions.core.workflows.state import MOST_HISTORY
from hookline.operator import runs
from hookline.operator.errors import OperatorError
from infra import naming
from tests.unit.fakes import NOW

TWO = Concurrent(asked=["ada", "bob"], merge={"v": Agree()})
TABLE = naming.idempotency_table("board")


@pytest.fixture
def account(monkeypatch, dynamodb):
    """An account with two managers, of which one is deployed."""
    monkeypatch.setattr(runs, "_managers", lambda: ["board", "not_deployed"])
    dynamodb.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    return SimpleNamespace(client=lambda service: dynamodb)


@pytest.fixture
def stored(account, make_event):
    """Stores the run of an event, in which the members differ."""

    def store(event):
        machine, run = Machine(TWO), run_id(event)
        state, _ = machine.step(machine.new(run), Start({}))
        for member, value in (("ada", 1), ("bob", 2)):
            state, _ = machine.step(state, Reply(member, f"{run}/1/{member}/1", {"v": value}))
        origin = make_event(id=event)
        Runs(account.client("dynamodb"), TABLE, lambda: NOW).save(
            run, Stored(machine.write(state), 1, origin, Cause(event, ""))
        )

    return store


def test_the_runs_of_events_come_in_the_order_of_the_events(account, stored):
    """A manager that is not deployed has none."""
    for event in ("stripe:e1", "stripe:e2", "stripe:e3"):
        stored(event)
    found = runs.caused_by(account, ["stripe:e3", "stripe:e0", "stripe:e1"])
    assert [run["because"] for run in found] == ["stripe:e3", "stripe:e1"]
    assert len(runs.listed(account)) == 3


def test_a_run_says_what_a_guard_saw_after_how_many_messages(account, stored):
    """The start is one of them."""
    stored("stripe:e1")
    (run,) = runs.caused_by(account, ["stripe:e1"])
    assert run["guards"] == [{"guard": "conflict", "saw": "v: the members differ", "steps": 3}]


def test_steps_are_not_counted_in_a_history_that_is_cut():
    """The messages of the lines that are left out are not known."""
    line = {"kind": "guard", "note": "stall: 2 reports"}
    state = {"history": [line], "recorded": MOST_HISTORY + 1}
    assert runs._guards(state) == [{"guard": "stall", "saw": "2 reports", "steps": None}]


def test_runs_that_cannot_be_read_are_an_error():
    """Only a table that is missing means that there is none."""

    def refused(service):
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "Scan")

    with pytest.raises(OperatorError, match="the runs of board cannot be read"):
        list(runs._runs_of(SimpleNamespace(client=refused), "board"))
