"""The runs of managers: listed by pages of an index, shown with their whole record, and cancelled."""

import json
from types import SimpleNamespace

import pytest
from starlette.testclient import TestClient

from functions.core.events.event import Event
from functions.core.manifests.agent import AgentManifest, Subscription
from functions.core.workflows.driver import Driver
from functions.core.workflows.machine import Machine
from functions.core.workflows.merging import Agree
from functions.core.workflows.messages import Cancel, Deadline, Reply, Start
from functions.core.workflows.patterns.concurrent import Concurrent
from functions.core.workflows.runs import Runs, run_id
from functions.core.workflows.spill import Spill
from functions.core.workflows.state import MOST_STRAYS
from hookline import mcp_server
from hookline.console.app import build
from hookline.console.session import Session
from hookline.operator import runs as operator
from hookline.operator.errors import OperatorError, UnknownId
from hookline.simulation import declared
from hookline.validation import discovery
from hookline.validation.discovery import Project
from infra import naming
from tests.unit.fakes import NOW

OWNER, REGION = "123456789012", "us-east-1"
WORKFLOW = Concurrent(asked=["ada", "bob"], merge={"v": Agree()}, compensates=["bob"])


def manager(name):
    starts = [Subscription("payment.succeeded", ["webhook.stripe"])]
    return AgentManifest(name, "tests", "Decide", starts, workflow=WORKFLOW)


class Account:
    """The account of the managers board and desk, as moto has it; a third is not deployed."""

    def __init__(self, dynamodb, s3, sqs):
        self.clients = {"dynamodb": dynamodb, "s3": s3, "sqs": sqs}
        self.clients["sts"] = SimpleNamespace(get_caller_identity=lambda: {"Account": OWNER})

    def client(self, service):
        return self.clients[service]


@pytest.fixture
def queues(sqs):
    return SimpleNamespace(get_queue_url=lambda QueueName: {"QueueUrl": QueueName}, send_message=sqs.send_message)


@pytest.fixture
def account(dynamodb, s3, queues, monkeypatch):
    managers = {name: manager(name) for name in ("board", "desk", "not_deployed")}
    for one in list(managers.values())[:2]:
        rows = naming.idempotency_table(one.name)
        (table,) = [each for each in declared.wiring([one], [], [], {}, {}).tables if each["TableName"] == rows]
        dynamodb.create_table(**table)
    s3.create_bucket(Bucket=naming.bodies_bucket(OWNER, REGION))
    monkeypatch.setattr(discovery, "read_project", lambda functions=None: (Project(agents=managers), []))
    return Account(dynamodb, s3, queues)


@pytest.fixture
def drive(account, dynamodb, s3, make_event):
    """Lets a manager handle a message to the run of the event with this number, which starts in that second."""

    def drive(manager, number, message=None, id=None):
        runs = Runs(dynamodb, naming.idempotency_table(manager), lambda: NOW + number)
        spill = Spill(s3, naming.bodies_bucket(OWNER, REGION), manager)
        driver = Driver(Machine(WORKFLOW), runs, lambda *_: None, spill.keep)
        start = make_event(id=f"stripe:e{number}")
        event = make_event(id=id or start.id)
        driver.handle(run_id(start.id), message or Start({"n": number}, start.entities), event)
        return run_id(start.id)

    return drive


def test_the_newest_runs_of_all_managers_are_listed_a_page_at_a_time(account, drive):
    """By when they started, in at most one page of each manager's index; other items of the tables are not in it."""
    ids = [drive("board" if number % 2 else "desk", number) for number in range(7)]
    account.client("dynamodb").put_item(TableName=naming.idempotency_table("board"), Item={"id": {"S": "another"}})
    first = operator.listed(account, 3)
    second = operator.listed(account, 3, first["runs"][-1]["run"])
    third = operator.listed(account, 3, second["runs"][-1]["run"][:8])
    assert [run["run"] for page in (first, second, third) for run in page["runs"]] == ids[::-1]
    assert [page["more"] for page in (first, second, third)] == [True, True, False]
    assert first["runs"][0] == {
        "run": ids[6],
        "manager": "desk",
        "started": "2026-09-21T14:15:06.000000Z",
        "saved": int(NOW) + 6,
        "state": "running",
        "reason": "",
        "assigned": 2,
        "waiting": 2,
    }


def test_a_list_shows_how_a_run_is_now_and_keeps_its_place(account, drive):
    """A later step does not move it."""
    older, _ = drive("board", 1), drive("board", 2)
    drive("board", 1, Cancel("enough"), "stripe:cancel")
    newest, oldest = operator.listed(account, 5)["runs"]
    assert (oldest["run"], oldest["state"], oldest["reason"], oldest["waiting"]) == (older, "cancelled", "enough", 0)
    assert newest["state"] == "running"


def test_the_runs_of_events_come_in_the_order_of_the_events(account, drive):
    """An event that started no run has none."""
    drive("board", 1), drive("desk", 2), drive("board", 3)
    found = operator.caused_by(account, ["stripe:e3", "stripe:e9", "stripe:e2"])
    assert [(run["because"], run["manager"]) for run in found] == [("stripe:e3", "board"), ("stripe:e2", "desk")]


def test_an_event_that_several_managers_subscribe_to_has_a_run_of_each(account, drive):
    """Under one id: what one manager's run is does not hide the other's."""
    drive("board", 1), drive("desk", 1)
    found = operator.caused_by(account, ["stripe:e1"])
    assert [(run["because"], run["manager"]) for run in found] == [("stripe:e1", "board"), ("stripe:e1", "desk")]


def test_a_run_says_what_a_guard_saw_after_how_many_messages(account, drive):
    """The start is one of them."""
    run = drive("board", 1)
    for member, value in (("ada", 1), ("bob", 2)):
        drive("board", 1, Reply(member, f"{run}/1/{member}/1", {"v": value}), f"stripe:{member}")
    assert operator.find(account, run)["guards"] == [{"guard": "conflict", "saw": "v: the members differ", "steps": 3}]


def test_steps_are_not_counted_in_a_history_that_is_cut():
    """The messages of the lines that are left out are not known."""
    line = {"kind": "guard", "note": "stall: 2 reports"}
    assert operator._guards([line], 2) == [{"guard": "stall", "saw": "2 reports", "steps": None}]


def test_no_list_scans_a_table(account, drive, monkeypatch):
    """A table holds every event that its manager remembers."""
    drive("board", 1)
    monkeypatch.setattr(account.client("dynamodb"), "scan", None)
    assert len(operator.listed(account, 1)["runs"]) == 1
    assert operator.find(account, run_id("stripe:e1"))["manager"] == "board"


def test_the_console_and_coding_agents_show_the_same_runs(account, drive):
    """A page of them, and one whole."""
    older, newer = drive("board", 1), drive("desk", 2)
    session = Session("the token", 80)
    client = TestClient(build(lambda: account, session, lambda: NOW + 9), base_url="http://127.0.0.1")
    client.cookies.set(session.cookie, session.secret)
    headers = {"Host": "127.0.0.1:80"}
    assert newer in client.get("/runs", headers=headers).text
    before = client.get(f"/runs?before={newer}", headers=headers).text
    assert f"id={older}" in before and f"id={newer}" not in before
    assert "started" in client.get(f"/runs/one?id={older}", headers=headers).text
    (tool,) = (one for one in mcp_server._reads(lambda: account, lambda: NOW) if one.__name__ == "list_runs")
    assert [run["run"] for run in tool()["runs"]] == [newer, older]


@pytest.mark.parametrize("typed", ["", "abc", "0" * 24, "zzzz"])
def test_an_unknown_run_is_an_error_that_says_what_lists_them(account, drive, typed):
    """Whether it is too short, whole, or the beginning of none."""
    drive("board", 1)
    with pytest.raises(UnknownId, match="'hookline runs' lists them"):
        operator.find(account, typed)


def test_a_run_is_shown_with_the_part_of_its_record_that_is_in_s3(account, drive):
    """In its order and whole, also where a step stored a part and then died."""
    run = drive("board", 1)
    for number in range(MOST_STRAYS * 2):
        drive("board", 1, Deadline("unknown"), f"stripe:stray{number}")
    key = f"runs/board/{run}/strays/000000001.json"
    objects = account.client("s3").list_objects_v2(Bucket=naming.bodies_bucket(OWNER, REGION))["Contents"]
    assert [one["Key"] for one in objects][0] == key and len(objects) > 1
    found = operator.find(account, run[:6])
    assert [one["number"] for one in found["strays"]] == [*range(1, MOST_STRAYS * 2 + 1)]
    assert [one["kind"] for one in found["history"]] == ["started", "assigned", "assigned"]
    assert (found["state"], found["strayed"], found["news"]) == ("running", MOST_STRAYS * 2, [])


def test_a_record_in_s3_that_cannot_be_read_says_so(account, drive):
    """With the run, and no traceback."""
    run = drive("board", 1)
    bucket = naming.bodies_bucket(OWNER, REGION)
    account.client("s3").put_object(Bucket=bucket, Key=f"runs/board/{run}/history/000000001.json", Body=b"{")
    with pytest.raises(OperatorError, match=f"the record of run {run} in S3 cannot be read"):
        operator.find(account, run)


def test_a_cancellation_goes_to_the_runs_manager_in_the_tree_of_the_run(account, drive, sqs):
    """With its grant, and the reason at its length."""
    run = operator.find(account, drive("desk", 1))
    operator.cancel(account, run, "x" * 500, NOW)
    (call,) = sqs.of("send_message")
    told = Event.from_envelope(json.loads(call["MessageBody"]))
    assert call["QueueUrl"] == naming.agent("desk")
    assert told.data == {"agent": "desk", "run": run["run"], "reason": "x" * operator.LONGEST_REASON}
    assert (told.source, told.correlationid, told.grant) == (
        "operator",
        json.loads(run["origin"])["correlationid"],
        json.loads(run["origin"])["grant"],
    )
