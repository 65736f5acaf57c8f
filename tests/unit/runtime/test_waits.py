"""Waits in an agent's table and queue: races, forged events and timers, late ends, and a member that reports later."""

import json
from dataclasses import replace

import pytest

from functions.core.events import catalogue
from functions.core.events.event import Event
from functions.core.manifests.agent import AgentManifest, Subscription
from functions.core.platform.environment import AgentEnvironment
from functions.core.platform.errors import PermanentError
from functions.core.runtime import wait_store
from functions.core.runtime.deadlines import LONGEST_DELAY, message
from functions.core.runtime.outcomes import ApprovalRequired, Done, Emit
from functions.core.runtime.serve import serve
from functions.core.runtime.wait_store import EXPIRED, MATCHED, OPEN, Waits
from functions.core.runtime.waited import Wait, Waited
from functions.core.runtime.waits import WaitFor, read, written
from functions.core.workflows.outcomes import Report
from hookline.operator import waits as operator
from hookline.validation import discovery

CHARGE = "stripe:charge/ch_3PExample"
HOUR = 3600
MANIFEST = AgentManifest(
    name="fraud",
    owner="tests",
    purpose="tests",
    subscribes=[Subscription("payment.succeeded", ["webhook.stripe"]), Subscription("task.assigned", ["agent.board"])],
    waits=[Subscription("payment.disputed", ["webhook.stripe"])],
    publishes=["payment.held"],
)
HELD = Emit("payment.held", {"charge": "ch_1", "score": 0.9, "reasons": ["amount"]})
DISPUTED = {"dispute": "du_1", "charge": "ch_3PExample", "amount": 1, "currency": "usd", "created": 1, "due": None}


class Served:
    """The handler of an agent that waits, and reports or publishes once something comes."""

    def __init__(self, platform, clients, payload, context, clock):
        self.clients, self.payload, self.context, self.clock = clients, payload, context, clock
        self.during = lambda: None
        self.first, self.then = WaitFor("payment.disputed", CHARGE, 600, HELD), Done("it came")
        environment = AgentEnvironment(
            "audit", "queue", "dead-letters", "fraud", "bus", "idempotency", "arn:{connector}"
        )
        self.handler = serve(MANIFEST, self.run, catalogue, platform(environment, **clients))

    def run(self, event, tools):
        if not tools.waited:
            return self.first
        self.during()
        return self.then

    def get(self, *events):
        for event in events:
            body = event if isinstance(event, str) else message(event)
            self.handler(self.payload(json.loads(body)), self.context)
        return self.clients["events"].types

    @property
    def timers(self):
        return [call for call in self.clients["sqs"].sent if call["QueueUrl"] == "queue"]

    @property
    def dead(self):
        calls = [call for call in self.clients["sqs"].sent if call["QueueUrl"] == "dead-letters"]
        return [call["MessageAttributes"]["reason"]["StringValue"] for call in calls]


@pytest.fixture
def agent(platform, dynamodb, table, eventbridge, sqs, sqs_payload, lambda_context, clock):
    table("idempotency")
    clients = {"dynamodb": dynamodb, "events": eventbridge, "sqs": sqs, "lambda": None}
    return Served(platform, clients, sqs_payload, lambda_context, clock)


@pytest.fixture
def waits(dynamodb, table, clock):
    return Waits(dynamodb, table("idempotency"), clock)


@pytest.fixture
def wait(make_event, clock):
    """A wait of the event that `make_event` makes, with this id."""
    began = replace(make_event(), raw=None)
    waited = Waited(began, "payment.disputed", CHARGE, int(clock()), {"a": [1, "é"]})
    return lambda id="w1": Wait(waited, int(clock()) + HOUR, written(Done("nothing came")), id)


@pytest.fixture
def disputed(make_event, make_grant):
    """A dispute of the charge, by default from Stripe."""

    def make(id="stripe:evt_2", **changes):
        example = catalogue.events()["payment.disputed"].example
        grant = make_grant(CHARGE, event=id)
        fields = {"type": "payment.disputed", "entities": [CHARGE], "correlationid": id, "grant": grant, "raw": None}
        fields["receivedat"] = "2026-09-21T13:40:00.000000Z"
        return replace(make_event(), **{**fields, "id": id, "data": example, **changes})

    return make


def test_a_wait_is_read_as_it_was_stored(waits, wait):
    """With its event, its note and what happens otherwise."""
    assert waits.open(wait()) == wait()
    assert waits.find("w1") == (wait(), OPEN)
    assert waits.ids("payment.disputed", ["other", CHARGE, CHARGE]) == ["w1"]
    assert waits.ids("payment.failed", [CHARGE]) == waits.ids("payment.disputed", ["other", "o" * 5000]) == []


@pytest.mark.parametrize(("winner", "loser"), [(MATCHED, EXPIRED), (EXPIRED, MATCHED)])
def test_of_a_match_and_a_time_out_the_first_counts(waits, wait, winner, loser):
    """Its event may claim again, because its process may have died; no other event of either kind may."""
    waits.open(wait())
    assert waits.claim(wait(), winner, "e1")
    assert waits.claim(wait(), winner, "e1")
    assert not waits.claim(wait(), winner, "e2")
    assert not waits.claim(wait(), loser, "e1")
    assert not waits.claim(wait("unknown"), winner, "e1")


def test_a_wait_that_has_ended_is_not_opened_again(waits, wait):
    """The waiting event may be redelivered after the match."""
    waits.open(wait())
    waits.claim(wait(), MATCHED, "e1")
    waits.forget(wait())
    waits.forget(wait())
    assert waits.open(wait()) is None
    assert waits.ids("payment.disputed", [CHARGE]) == []


def test_an_open_wait_stays_as_it_was_stored_first(waits, wait):
    """A second try may decide otherwise, and the wait is in force by then."""
    waits.open(wait())
    assert waits.open(replace(wait(), until=1, otherwise="{}")) == wait()


def test_calls_that_the_sdk_repeats_change_nothing(repeating, waits, wait, clock):
    """Each write is made twice, because its first answer was lost."""
    twice = Waits(repeating, "idempotency", clock)
    assert twice.open(wait()) == wait()
    assert twice.claim(wait(), MATCHED, "e1")
    twice.forget(wait())
    assert waits.ids("payment.disputed", [CHARGE]) == []


def test_only_so_many_wait_for_the_same(waits, wait, monkeypatch):
    """A set of ids has a limit, and the event that waits becomes a dead letter with the reason."""
    monkeypatch.setattr(wait_store, "MOST", 2)
    for id in ("w1", "w2"):
        waits.open(wait(id))
    with pytest.raises(PermanentError, match="2 events wait for payment.disputed"):
        waits.open(wait("w3"))


@pytest.mark.parametrize("outcome", [Done("why"), HELD, Report({"v": 1}), ApprovalRequired(None, "Q?", {"a": 1}, 60)])
def test_an_outcome_is_read_as_it_was_written(outcome):
    assert read(written(outcome)) == outcome


def test_an_outcome_that_is_gone_is_a_clear_error():
    """A deployment may have changed the agent's code since it began to wait."""
    with pytest.raises(PermanentError, match="there is no outcome Gone"):
        read('{"kind": "Gone", "fields": {}}')
    with pytest.raises(PermanentError, match="otherwise Done: why: Field required"):
        read('{"kind": "Done", "fields": {}}')


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"source": "webhook.paddle", "id": "paddle:evt_2"}, "does not subscribe to payment.disputed from"),
        ({"correlationid": "stripe:evt_9"}, "not of the tree that its grant is for"),
        ({"data": {}}, "payment.disputed: "),
    ],
)
def test_a_forged_event_never_ends_a_wait(agent, make_event, disputed, changes, why):
    """It is refused, whatever rule let it through, and the wait is still open for the real one."""
    agent.get(make_event(), disputed(**changes))
    assert why in agent.dead[0]
    agent.then = HELD
    assert agent.get(disputed("stripe:evt_3")) == ["payment.held"]


@pytest.mark.parametrize(
    "changes",
    [{"source": "agent.other", "id": "agent.other:wait.expired:1"}, {"data": {"agent": "other", "wait": "{id}"}}],
)
def test_a_timer_of_another_ends_no_wait(agent, make_event, clock, changes):
    """Not even when its time is over."""
    agent.get(make_event())
    timer = Event(**json.loads(agent.timers[0]["MessageBody"])["detail"])
    clock.now += HOUR
    data = {name: text.format(id=timer.id) for name, text in changes.get("data", timer.data).items()}
    assert agent.get(replace(timer, **{**changes, "data": data})) == []
    assert "is not of a wait of fraud" in agent.dead[0]


def test_a_timer_that_comes_early_sends_the_next_and_is_on_no_record(agent, make_event, clock, sqs):
    """15 minutes at most, each with an id of its own; one of an ended wait sends none."""
    agent.first = replace(agent.first, until=2000)
    agent.get(make_event())
    before = len(sqs.audited)
    for delay in (LONGEST_DELAY, 200):
        clock.now += 900
        agent.get(agent.timers[-1]["MessageBody"])
        assert agent.timers[-1]["DelaySeconds"] == delay
    details = [json.loads(one["MessageBody"])["detail"] for one in agent.timers]
    assert len({one["id"] for one in details}) == 3
    assert {one["causationid"] for one in details} == {"stripe:evt_1"}
    assert len(sqs.audited) == before
    clock.now += 200
    assert agent.get(agent.timers[-1]["MessageBody"]) == ["payment.held"]


def test_a_wait_ends_a_minute_before_the_grant_does(agent, make_event, clock, dynamodb, make_grant):
    """What is declared can still be done then; with less than that left, nothing can be waited for."""
    agent.first = replace(agent.first, until=4 * 24 * HOUR)
    agent.get(make_event())
    (wait,) = [one["wait"]["S"] for one in dynamodb.scan(TableName="idempotency")["Items"] if "wait" in one]
    assert Wait.load(wait).until == int(clock()) + HOUR - 60
    short = make_grant(CHARGE, event="stripe:evt_4", expires=clock() + 60)
    agent.get(make_event(id="stripe:evt_4", correlationid="stripe:evt_4", grant=short))
    assert agent.dead == ["Denied: the grant expires in 60 s: too soon to wait for payment.disputed"]


def test_the_timer_of_a_matched_wait_does_nothing(agent, make_event, disputed, clock, sqs):
    agent.get(make_event(), disputed())
    before = len(sqs.audited)
    clock.now += HOUR
    assert agent.get(agent.timers[0]["MessageBody"]) == []
    assert (len(sqs.audited), len(agent.timers), agent.dead) == (before, 1, [])


@pytest.mark.parametrize(("otherwise", "dead"), [(Done("fine"), 0), (HELD, 1)])
def test_after_the_grant_expired_a_person_must_see_to_what_was_declared(agent, make_event, clock, otherwise, dead):
    """The agent was suspended for days: what needs the grant is a dead letter with its alarm, and Done is done."""
    agent.first = replace(agent.first, otherwise=otherwise)
    agent.get(make_event())
    clock.now += 2 * HOUR
    assert agent.get(agent.timers[0]["MessageBody"]) == []
    assert len(agent.dead) == dead
    assert all("expired before the end of its wait was handled: Emit did not happen" in one for one in agent.dead)


def test_a_member_waits_and_reports_to_the_run_that_gave_it_the_task(agent, make_event, disputed, clock):
    """In the tree of the task, whatever tree brought what it waited for; or when its time is over."""
    run = {"agent": "fraud", "manager": "board", "run": "r1", "task": "t1", "payload": {}}
    fields = {"source": "agent.board", "type": "task.assigned", "time": "2026-09-21T13:36:00.000000Z"}
    tasks = [make_event().child(**fields, data=run, schema="task.assigned/1", number=number) for number in (1, 2)]
    agent.first = replace(agent.first, otherwise=Report({"came": False}))
    agent.then = Report({"came": True})
    agent.get(tasks[0], disputed(), tasks[1])
    clock.now += HOUR - 60
    agent.get(agent.timers[1]["MessageBody"])
    reports = agent.clients["events"].events
    assert [one["data"] for one in reports] == [
        {"agent": "board", "run": "r1", "task": "t1", "content": {"came": came}} for came in (True, False)
    ]
    assert [(one["causationid"], one["correlationid"], one["grant"]) for one in reports] == [
        (task.id, task.correlationid, task.grant) for task in tasks
    ]


def test_neither_the_timer_nor_another_event_takes_a_wait_that_is_being_ended(agent, make_event, disputed, clock):
    """Both are handled in the middle of the run that ends it."""
    agent.get(make_event())
    timer, seen = agent.timers[0]["MessageBody"], []

    def during():
        agent.during = lambda: seen.append("a second run")
        clock.now += HOUR
        agent.get(timer, disputed("stripe:evt_3"))
        clock.now -= HOUR

    agent.during, agent.then = during, replace(HELD, why="it came")
    assert agent.get(disputed()) == ["payment.held"]
    assert (seen, agent.dead, agent.clients["events"].events[0]["causationid"]) == ([], [], "stripe:evt_2")


def test_an_event_that_failed_finds_its_wait_again(agent, make_event, disputed):
    """The claim is its own: a retry or a redrive goes on with it, and another event does not get it."""
    agent.get(make_event())
    agent.then = None  # no outcome: the agent's code is wrong
    agent.get(disputed(), disputed("stripe:evt_3"))
    agent.then = HELD
    assert agent.get(disputed()) == ["payment.held"]


def test_an_operator_sees_what_waits_without_its_grant(agent, make_event, dynamodb, monkeypatch):
    """Of agents that may wait, the open ones."""
    agent.get(make_event())
    (item,) = [one for one in dynamodb.scan(TableName="idempotency")["Items"] if one["id"]["S"].startswith("wait ")]
    shown = operator._shown("fraud", item)
    assert (shown["agent"], shown["event"], shown["entity"]) == ("fraud", "payment.disputed", CHARGE)
    assert (shown["because"], shown["otherwise"], shown["until"] - shown["since"]) == ("stripe:evt_1", "Emit", 600)
    assert make_event().grant not in json.dumps(shown)

    class Account:
        def client(self, _):
            return dynamodb

    project = type("Project", (), {"agents": {"fraud": MANIFEST, "other": replace(MANIFEST, waits=[])}})
    monkeypatch.setattr(discovery, "read_project", lambda functions=None: (project, []))
    monkeypatch.setattr(operator.naming, "idempotency_table", lambda name: "idempotency")
    assert operator.listed(Account()) == [shown]
    monkeypatch.setattr(operator.known, "agent", project.agents.get)
    assert (operator.of_agent(Account(), "fraud"), operator.of_agent(Account(), "other")) == ([shown], [])
