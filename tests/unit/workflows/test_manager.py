"""A manager's handler: what starts a run, who may answer, deadlines, people, cancellation and the end."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from functions.core.events import catalogue
from functions.core.events.event import Event
from functions.core.manifests.agent import AgentManifest, Budget, Subscription
from functions.core.platform.canonical import compact
from functions.core.platform.environment import ManagerEnvironment
from functions.core.platform.errors import Denied, RetryableError
from functions.core.runtime.deadlines import LONGEST_DELAY, Deadlines, Schedules, message
from functions.core.workflows.manager import REPEATS
from functions.core.workflows.merging import Agree, Ask
from functions.core.workflows.outcomes import Report
from functions.core.workflows.patterns.concurrent import Concurrent
from functions.core.workflows.runs import Runs, origin_of, run_id
from functions.core.workflows.serve import serve_manager
from functions.core.workflows.versioned import AnotherStep
from functions.events.changes import ChangeProposed
from hookline.operator import runs as operator

RUN = run_id("stripe:evt_1")


def manifest(policy=None, **limits):
    workflow = Concurrent(asked=["ada", "bob"], merge={"v": policy or Agree()}, compensates=["bob"], **limits)
    starts = [Subscription("payment.succeeded", ["webhook.stripe"])]
    return AgentManifest("board", "tests", "Decide", starts, workflow=workflow, budget=Budget(hops=2))


class Scheduler:
    """EventBridge Scheduler: keeps schedules by their names, and refuses a second one."""

    def __init__(self, client_error):
        self.client_error, self.schedules, self.refused = client_error, {}, 0

    def create_schedule(self, Name, **schedule):
        if Name in self.schedules:
            self.refused += 1
            raise self.client_error("ConflictException")
        self.schedules[Name] = schedule

    @property
    def due(self):
        return [json.loads(one["Target"]["Input"])["detail"]["data"]["deadline"] for one in self.schedules.values()]


class Board:
    """The handler of a manager, with fakes of the bus and the queues, and a table of moto's."""

    def __init__(self, declared, platform, clients, payload, context):
        environment = ManagerEnvironment(
            "audit",
            "queue",
            "dead-letters",
            "board",
            "bus",
            "idempotency",
            "arn:{connector}",
            bodies_bucket="bodies",
            schedule_group="deadlines",
            queue_arn="arn:queue",
            clock_role_arn="arn:clock",
        )
        self.handler = serve_manager(declared, catalogue, platform(environment, **clients))
        self.clients, self.payload, self.context = clients, payload, context

    def get(self, *events):
        for event in events:
            self.handler(self.payload(json.loads(message(event))), self.context)
        return self.clients["events"].events

    @property
    def scheduler(self):
        return self.clients["scheduler"]

    @property
    def sent(self):
        return [call for call in self.clients["sqs"].sent if call["QueueUrl"] == "queue"]

    @property
    def dead(self):
        return [call for call in self.clients["sqs"].sent if call["QueueUrl"] == "dead-letters"]

    @property
    def state(self):
        stored = Runs(self.clients["dynamodb"], "idempotency", lambda: 0).read(RUN)
        return json.loads(stored.state) if stored else None


@pytest.fixture
def board(platform, dynamodb, table, eventbridge, sqs, sqs_payload, lambda_context, client_error):
    """Makes the handler of this manifest."""
    table("idempotency")
    more = {"sqs": sqs, "lambda": None, "s3": None, "scheduler": Scheduler(client_error)}
    clients = {"dynamodb": dynamodb, "events": eventbridge, **more}
    return lambda declared=None: Board(declared or manifest(), platform, clients, sqs_payload, lambda_context)


def reported(task, content, source=None, **changes):
    """A member's report on a task that was published."""
    parent = Event(**task)
    told = {"agent": "board", "run": task["data"]["run"], "task": task["data"]["task"], "content": content}
    event = parent.child(
        source=source or f"agent.{task['data']['agent']}",
        type="task.reported",
        time=parent.time,
        data=told,
        schema="task.reported/1",
    )
    return replace(event, **changes)


def test_an_event_starts_a_run_and_its_members_get_tasks_with_its_grant(board, make_event):
    """One hop from the event, and each with a deadline of its own; the run has one too."""
    here, start = board(), make_event()
    ada, bob = here.get(start)
    assert [one["data"]["agent"] for one in (ada, bob)] == ["ada", "bob"]
    assert (ada["grant"], ada["entities"], ada["causationid"]) == (start.grant, start.entities, start.id)
    assert (ada["hops"], ada["data"]["payload"]["task"]["charge"]) == (1, start.data["charge"])
    due = [json.loads(one["MessageBody"])["detail"]["data"] for one in here.sent]
    assert [one["deadline"] for one in due] == [f"{RUN}/1/ada/1", f"{RUN}/1/bob/1"]
    assert [one["DelaySeconds"] for one in here.sent] == [LONGEST_DELAY] * 2
    assert here.scheduler.due == [RUN]


def test_a_task_has_the_declared_fields_of_the_event_alone(board, make_event, make_grant):
    """So a long text that the task does not need is no reason for a dead letter."""
    long = {**ChangeProposed.example, "text": "x" * 8_000}
    given = {"source": "webhook.github", "type": "change.proposed", "data": long}
    for number, (task, dead) in enumerate(((["head"], 0), ((), 1))):
        here = board(replace(manifest(task=task), subscribes=[Subscription("change.proposed", ["webhook.github"])]))
        id = f"github:{number}/pull_request"
        own = {"id": id, "correlationid": id, "grant": make_grant(*make_event().entities, event=id)}
        before = len(here.clients["events"].events)
        tasks = [one["data"]["payload"]["task"] for one in here.get(replace(make_event(), **given, **own))[before:]]
        assert (tasks, len(here.dead)) == ([] if dead else [{"head": long["head"]}] * 2, dead)


def test_an_event_that_the_workflow_skips_starts_nothing(board, make_event, make_grant):
    """Deadlines and reports are no such events; what is skipped is on record with its reason."""

    def free(data):
        return "it costs nothing" if not data["amount"] else ""

    here = board(manifest(skips=free))
    assert here.get(make_event(data={**make_event().data, "amount": 0})) == []
    assert (here.state, here.dead) == (None, [])
    assert "starts nothing: it costs nothing" in str(here.clients["sqs"].calls)
    later = {"id": "stripe:evt_2", "correlationid": "stripe:evt_2"}
    ada, _ = here.get(make_event(**later, grant=make_grant(*make_event().entities, event="stripe:evt_2")))
    here.get(reported(ada, {"v": "yes"}))
    assert here.dead == []


def test_a_step_that_meets_another_one_is_repeated_at_once(board, make_event, monkeypatch):
    """Members that answer at the same moment; nothing waits in the queue meanwhile."""
    here = board()
    ada, bob = here.get(make_event())
    here.get(reported(ada, {"v": "yes"}))
    save, met = Runs.save, []

    def meeting(*given):
        if len(met) < REPEATS:
            met.append(given)
            raise AnotherStep("the run had another step at the same moment")
        return save(*given)

    monkeypatch.setattr(Runs, "save", meeting)
    end = here.get(reported(bob, {"v": "yes"}))[-1]
    assert (end["type"], end["data"]["state"], len(met)) == ("workflow.ended", "merged", REPEATS)


def test_reports_lead_to_the_end_which_is_published_once(board, make_event):
    """As far from the first event as the tasks are, and a copy of a report changes nothing."""
    here = board()
    tasks = here.get(make_event())
    here.get(*(reported(task, {"v": "yes"}) for task in tasks))
    *_, end = here.get(reported(tasks[0], {"v": "yes"}))
    assert (end["type"], end["hops"]) == ("workflow.ended", 1)
    assert end["data"] == {
        "manager": "board",
        "run": RUN,
        "state": "merged",
        "reason": "every field has one value",
        "result": {"merged": {"v": "yes"}, "answers": {"ada": {"v": "yes"}, "bob": {"v": "yes"}}, "conflicts": []},
    }
    assert len(here.get()) == 3 and here.state["end"] == "merged"


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"source": "agent.eve"}, "is not for a run of board"),
        ({"data": {"agent": "other", "run": RUN, "task": "t", "content": {}}}, "is not for a run of board"),
        ({"correlationid": "stripe:other"}, "of the tree that its grant is for"),
    ],
)
def test_a_report_of_a_stranger_never_reaches_a_run(board, make_event, changed, why):
    """It is refused, whatever rule let it through."""
    here = board()
    ada, _ = here.get(make_event())
    event = reported(ada, {"v": "yes"})
    id = event.id.replace("agent.ada", changed.get("source", "agent.ada"))
    here.get(replace(event, **{"id": id, **changed}))
    assert why in here.dead[0]["MessageAttributes"]["reason"]["StringValue"]
    assert here.state["strayed"] == 0


def test_a_deadline_beyond_15_minutes_is_a_schedule_that_sends_to_the_managers_queue(board, make_event, clock):
    """Once, at that second, as the role for this queue; a second attempt to make it changes nothing."""
    here = board(manifest(patience=2000, attempts=1))
    clock.now += 0.25
    here.get(make_event())
    made = dict(here.scheduler.schedules)
    assert here.scheduler.due == [RUN, f"{RUN}/1/ada/1", f"{RUN}/1/bob/1"] and here.sent == []
    _, ada, _ = made.values()
    body = json.loads(ada["Target"].pop("Input"))
    at = datetime.fromtimestamp(int(clock.now) + 2001, UTC)
    assert ada == {
        "GroupName": "deadlines",
        "ScheduleExpression": f"at({at:%Y-%m-%dT%H:%M:%S})",
        "ScheduleExpressionTimezone": "UTC",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "ActionAfterCompletion": "DELETE",
        "Target": {"Arn": "arn:queue", "RoleArn": "arn:clock"},
    }
    assert all(re.fullmatch("[0-9a-f]{32}", name) for name in made)
    deadlines = Deadlines(None, "", clock, Schedules(here.scheduler, "deadlines", "arn:queue", "arn:clock"))
    deadlines.send(Event(**body["detail"]), 2000)
    assert (here.scheduler.refused, [*here.scheduler.schedules]) == (1, [*made])
    clock.now += 2000
    assert [one["type"] for one in here.get(Event(**body["detail"]))] == [
        "task.assigned",
        "task.assigned",
        "workflow.ended",
    ]


def test_a_deadline_that_comes_before_its_time_is_sent_once_more(board, make_event, clock):
    """Under another id, for what is left; one that comes late or twice changes nothing."""
    here = board(manifest(patience=2000, attempts=1))
    here.get(make_event())
    early = Event(**json.loads([*here.scheduler.schedules.values()][1]["Target"]["Input"])["detail"])
    clock.now += 1800
    here.get(early)
    assert here.sent[-1]["DelaySeconds"] == 200
    again = Event(**json.loads(here.sent[-1]["MessageBody"])["detail"])
    assert again.id != early.id and again.data == early.data
    clock.now += 200
    assert here.get(again)[-1]["data"]["state"] == "handed_to_person"
    assert here.get(again, early)[-1]["data"]["state"] == "handed_to_person" and here.dead == []


@pytest.mark.parametrize("code", ["ThrottlingException", "ServiceQuotaExceededException"])
def test_a_deadline_that_cannot_be_scheduled_comes_to_the_queue_again(client_error, code, make_event, clock):
    """Without it, a lost answer would be waited for forever."""

    class Refuses:
        def create_schedule(self, **_):
            raise client_error(code)

    deadlines = Deadlines(None, "", clock, Schedules(Refuses(), "g", "q", "r"))
    with pytest.raises(RetryableError, match="a deadline cannot be sent"):
        deadlines.send(make_event(), LONGEST_DELAY + 1)


def test_only_the_managers_own_deadlines_count(board, make_event):
    """Another agent cannot hurry a run."""
    here = board()
    here.get(make_event())
    link = Event(**json.loads(here.sent[0]["MessageBody"])["detail"])
    forged = replace(link, source="agent.ada", id=link.id.replace("agent.board", "agent.ada"))
    here.get(forged)
    assert "is not for a run of board" in here.dead[0]["MessageAttributes"]["reason"]["StringValue"]


@pytest.mark.parametrize(
    ("type", "note", "end"),
    [
        ("review.approved", '{"v": "maybe"}', "merged"),
        ("review.approved", "yes, do it", "handed_to_person"),
        ("review.denied", '{"v": "maybe"}', "handed_to_person"),
        ("review.expired", "", "handed_to_person"),
    ],
)
def test_what_a_person_fills_in_is_the_note_of_the_decision(board, make_event, type, note, end):
    """As a JSON object; any other note fills in nothing."""
    here = board(manifest(Ask()))
    ada, bob = here.get(make_event())
    *_, asked = here.get(reported(ada, {"v": "yes"}), reported(bob, {"v": "no"}))
    assert asked["type"] == "approval.required" and asked["data"]["action"] is None
    parent = Event(**asked)
    told = {name: asked["data"][name] for name in ("agent", "action", "evidence")}
    told |= {"review": "7dcc325b1518", "by": ["ada"], "note": note}
    decision = parent.child(source="review.service", type=type, time=parent.time, data=told, schema=f"{type}/1")
    assert here.get(decision)[-1]["data"]["state"] == end


def test_an_operators_cancellation_ends_a_run_and_members_undo(board, make_event, sqs):
    """Only those that declare that they can."""
    here, start = board(), make_event()
    here.get(start)

    class Account:
        """An account whose queues are named as their URLs."""

        def client(self, name):
            return self

        def get_queue_url(self, QueueName):
            return {"QueueUrl": QueueName}

        def send_message(self, **request):
            sqs.send_message(**request)

    run = {"manager": "board", "run": RUN, "origin": compact(vars(origin_of(start)))}
    operator.cancel(Account(), run, "the customer called", 0)
    call = sqs.sent[-1]
    assert call["QueueUrl"].endswith("board")
    *_, revoked, end = here.get(Event(**json.loads(call["MessageBody"])["detail"]))
    assert (revoked["type"], revoked["data"]["agent"]) == ("task.revoked", "bob")
    assert (end["data"]["state"], end["data"]["reason"]) == ("cancelled", "the customer called")


def test_an_event_of_another_tree_ends_a_run_with_the_runs_own_grant(board, make_event, make_grant):
    """Its members undo under the grant that they acted under; the later event's run has its own."""
    later = {"id": "stripe:evt_2", "correlationid": "stripe:evt_2", "time": "2026-09-21T14:00:00Z"}
    first = make_event()
    second = make_event(**later, grant=make_grant(*first.entities, event="stripe:evt_2"))
    here = board(manifest(same_entity="supersede"))
    here.get(first)
    *_, revoked, end, ada, bob = here.get(second)
    assert [one["type"] for one in (revoked, end, ada, bob)] == [
        "task.revoked",
        "workflow.ended",
        "task.assigned",
        "task.assigned",
    ]
    assert {(one["grant"], one["correlationid"]) for one in (revoked, end)} == {(first.grant, first.id)}
    assert {(one["grant"], one["correlationid"]) for one in (ada, bob)} == {(second.grant, second.id)}
    assert (here.state["end"], here.dead) == ("superseded", [])
    received = str(here.clients["sqs"].calls).replace("\\", "").partition('"action":"workflow.superseded"')[0]
    assert '"causation":"stripe:evt_2"' in received.rpartition("{")[2]


def test_a_report_answers_a_task_only(make_event):
    """Woken by anything else, an agent has nobody to report to."""
    with pytest.raises(Denied, match="payment.succeeded woke the agent"):
        Report({}).publication(type("Woken", (), {"event": make_event(), "waited": None}))
