"""A replay: which events are chosen, who gets them, and that what was done is not done again."""

import json
import re
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from functions.core.authority.grants import LIFETIME
from functions.core.platform.times import rfc3339
from functions.core.runtime.consume import REPLAY
from functions.core.runtime.serve import memory_key
from hookline.__main__ import hookline
from hookline.console.app import build
from hookline.local.stack import LocalStack
from hookline.operator import replay as module
from hookline.operator.errors import OperatorError, UnknownId
from hookline.operator.replay import ARCHIVED_SECONDS, KEPT_SECONDS, MOST, Wanted, forget, handled, replay
from hookline.testing.kit import Kit, event
from infra import naming
from tests.unit.console.conftest import ORIGIN, SESSION
from tests.unit.fakes import NOW

AGENT, TABLE = naming.agent("fraud"), naming.idempotency_table("fraud")
PAID, APPROVED = "payment.succeeded", "review.approved"
OWN = f"review.service:{APPROVED}:1"


def received(event: str, at: float, action: str = PAID, kind: str = "received") -> dict:
    return {"event": event, "correlation": event, "action": action, "kind": kind, "at": rfc3339(at), "seq": 1}


class Trail:
    """The chain of the agent fraud; each event was published five seconds before it was first received."""

    def __init__(self, *records: dict) -> None:
        self.records = list(records)

    def has_tree(self, correlation: str) -> bool:
        return any(one["correlation"] == correlation for one in self.records)

    def identities(self) -> list[str]:
        return ["agent.fraud"]

    def heads(self) -> dict:
        return {"agent.fraud": SimpleNamespace(seq=len(self.records))}

    def chain(self, identity: str, until: int):
        return iter(self.records)

    def first_after(self, identity: str, at: str) -> int:
        return 1 + sum(one["at"] <= at for one in self.records)

    def between(self, identity: str, first: int, until: int):
        return iter(self.records[first - 1 :])

    def of_correlation(self, correlation: str) -> list[dict]:
        at = next(one["at"] for one in self.records if one["correlation"] == correlation)
        earlier = datetime.fromisoformat(at).timestamp() - 5
        return [received(correlation, earlier, kind="published")]


@pytest.fixture
def trail() -> Trail:
    return Trail(
        received("stripe:evt_1", NOW - 9000),
        received("stripe:evt_2", NOW - 8000),
        received("stripe:evt_1", NOW - 7000),
        received("stripe:evt_2", NOW - 7000, kind="decided"),
        received(OWN, NOW - 6000, APPROVED),
    )


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(), ["stripe:evt_1", "stripe:evt_2", OWN]),
        (Wanted(events=["stripe:evt_2"]), ["stripe:evt_2"]),
        (Wanted(type=APPROVED), [OWN]),
        (Wanted(source="webhook.stripe"), ["stripe:evt_1", "stripe:evt_2"]),
        (Wanted(source="review.service"), [OWN]),
        (Wanted(since=rfc3339(NOW - 8500)), ["stripe:evt_2", "stripe:evt_1", OWN]),
        (Wanted(until=rfc3339(NOW - 8500)), ["stripe:evt_1"]),
    ],
    ids=["all", "one", "of a type", "of a source", "of the service", "since", "until"],
)
def test_events_are_chosen_by_what_the_agent_received(trail, wanted, found):
    """Each once, however often it was tried."""
    assert [one.event for one in handled(trail, "fraud", wanted, NOW)] == found


def test_what_cannot_be_replayed_is_refused_with_the_reason(trail):
    with pytest.raises(UnknownId, match="no event that agent fraud received stripe:evt_9; 'hookline audit show"):
        handled(trail, "fraud", Wanted(events=["stripe:evt_9"]), NOW)
    with pytest.raises(OperatorError, match="has received no such event"):
        handled(trail, "fraud", Wanted(type="ticket.created"), NOW)
    with pytest.raises(OperatorError, match="less than 10 minutes ago: it may not be archived yet"):
        handled(Trail(received("stripe:evt_1", NOW - ARCHIVED_SECONDS + 1)), "fraud", Wanted(), NOW)
    with pytest.raises(OperatorError, match="older than the archive, which keeps 90 days"):
        handled(Trail(received("stripe:evt_1", NOW - KEPT_SECONDS)), "fraud", Wanted(), NOW)
    many = Trail(*(received(f"stripe:evt_{number}", NOW - 9000) for number in range(MOST + 1)))
    with pytest.raises(OperatorError, match="1,001 events: a replay takes 1,000 at most"):
        handled(many, "fraud", Wanted(), NOW)


def test_a_named_event_is_looked_for_from_its_own_time_on(trail, monkeypatch):
    """The chain before it is not read, however long it is."""
    old = [received(f"stripe:old_{number}", NOW - 90_000 - number) for number in range(50, 0, -1)]
    trail.records[:0] = old
    read = []
    between = trail.between
    monkeypatch.setattr(trail, "between", lambda *given: (read.append(one) or one for one in between(*given)))
    assert [one.event for one in handled(trail, "fraud", Wanted(["stripe:evt_1"]), NOW)] == ["stripe:evt_1"]
    assert read and not {one["event"] for one in read} & {one["event"] for one in old}


def test_an_event_whose_grant_has_expired_is_told_apart(trail):
    (old, *_) = handled(trail, "fraud", Wanted(), NOW)
    assert old.can_act(NOW) and not old.can_act(old.published + LIFETIME)


@pytest.fixture
def account(moto, moto_client, dynamodb, monkeypatch):
    """An account with the bus, its archive, the agents fraud and watch, and fraud's memory of two events."""
    events, sqs = moto_client("events"), moto_client("sqs")
    bus = events.create_event_bus(Name=naming.BUS)["EventBusArn"]
    events.create_archive(ArchiveName=naming.BUS, EventSourceArn=bus)
    for name in ("fraud", "watch"):
        url = sqs.create_queue(QueueName=naming.agent(name))["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        events.put_rule(Name=f"rule-{name}", EventBusName=naming.BUS, EventPattern=json.dumps({"source": [name]}))
        events.put_targets(Rule=f"rule-{name}", EventBusName=naming.BUS, Targets=[{"Id": "1", "Arn": arn}])
    dynamodb.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    for id in ("stripe:evt_1", "stripe:evt_2"):
        dynamodb.put_item(TableName=TABLE, Item={"id": {"S": memory_key("fraud", id)}})
    made = SimpleNamespace(client=moto_client, noted=[])
    monkeypatch.setattr(
        module, "record_actions", lambda _, kind, whats: made.noted.extend((kind, what) for what in whats)
    )
    return made


def test_a_replay_goes_to_the_agents_rule_alone_and_is_on_record_first(account, trail, dynamodb, moto_client):
    """The agent forgets the chosen event, and what else comes is a copy to it."""
    chosen = handled(trail, "fraud", Wanted(events=["stripe:evt_1"]), NOW)
    made = replay(account, "fraud", chosen, "a fixed threshold", NOW)
    started = moto_client("events").describe_replay(ReplayName=made.name)
    (rule,) = started["Destination"]["FilterArns"]
    assert rule.endswith("rule-fraud")
    assert started["EventStartTime"] == datetime.fromtimestamp(NOW - 9005 - 60, UTC)
    assert started["EventEndTime"] == datetime.fromtimestamp(NOW - 9000 + 60, UTC)
    left = [item["id"]["S"] for item in dynamodb.scan(TableName=TABLE)["Items"]]
    assert left == [memory_key("fraud", "stripe:evt_2")]
    about = {"event": "stripe:evt_1", "correlation": "stripe:evt_1", "action": PAID, "resource": "agent.fraud"}
    assert account.noted == [("replayed", {**about, "reason": f"{made.name}: a fixed threshold"})]


def test_if_aws_refuses_the_replay_it_is_an_error_in_words(account, trail, moto_client):
    moto_client("events").delete_archive(ArchiveName=naming.BUS)
    with pytest.raises(OperatorError, match="the archive cannot be replayed"):
        replay(account, "fraud", handled(trail, "fraud", Wanted(), NOW), "why", NOW)
    assert account.noted == []


def test_an_agent_without_a_rule_forgets_nothing(account, trail, dynamodb, moto_client):
    moto_client("events").remove_targets(Rule="rule-fraud", EventBusName=naming.BUS, Ids=["1"])
    with pytest.raises(OperatorError, match="has no rule on the bus"):
        replay(account, "fraud", handled(trail, "fraud", Wanted(), NOW), "why", NOW)
    assert dynamodb.scan(TableName=TABLE)["Count"] == 2 and account.noted == []


@pytest.fixture
def command(account, trail, monkeypatch, read_once):
    local = LocalStack.__new__(LocalStack)  # only its type is asked for
    monkeypatch.setattr("hookline.operator.account.account", lambda aws: account if aws else local)
    monkeypatch.setattr(module, "Trail", lambda dynamodb: trail)
    monkeypatch.setattr(module, "now", lambda: NOW)
    fixed = ["replay", "--agent", "fraud", "--reason", "tests"]
    return lambda *words, answer="": CliRunner().invoke(hookline, [*fixed, *words], input=answer)


def test_the_command_lists_what_it_would_replay_and_asks(command, account):
    said = command("--aws", "stripe:evt_1", answer="n\n")
    assert said.stdout.splitlines()[0] == "stripe:evt_1  payment.succeeded"
    assert (str(said.exception), account.noted) == ("nothing was replayed", [])
    said = command("--aws", "--type", PAID, "--yes")
    assert "of 2 events has started" in said.stdout and len(account.noted) == 2


def test_a_dry_run_only_lists_also_on_the_local_stack_and_as_json(command, account):
    """As the console's preview does, with the digest that says which events it is."""
    found = json.loads(command("--dry-run", "--json", "--aws", "--type", PAID).stdout)
    assert [one["event"] for one in found["events"]] == ["stripe:evt_1", "stripe:evt_2"]
    assert found["seen"] == module.digest_of(handled(module.Trail(None), "fraud", Wanted(type=PAID), NOW))
    assert command("--dry-run", "--aws", "stripe:evt_1").stdout == "stripe:evt_1  payment.succeeded\n"
    assert account.noted == []
    assert command("--json", "stripe:evt_1").exit_code == 2


def test_what_is_not_archived_yet_is_shown_and_cannot_be_replayed(command, console, trail):
    """With the reason; the console has no button then."""
    trail.records.append(received("stripe:evt_9", NOW - ARCHIVED_SECONDS + 1))
    shown = console.get("/replay", params={"agent": "fraud", "event": "stripe:evt_9"}).text
    assert "1 event to agent fraud" in shown and "may not be archived yet" in shown and "Replay…" not in shown
    assert "it cannot be replayed: stripe:evt_9 came" in command("--aws", "--dry-run", "stripe:evt_9").stdout
    assert "may not be archived yet" in str(command("--aws", "stripe:evt_9", "--yes").exception)


def test_the_command_refuses_to_replay_everything_and_on_the_local_stack(command):
    assert "name events, or choose some" in str(command("--aws", "--yes").exception)
    assert "the local stack has no archive" in str(command("stripe:evt_1").exception)


@pytest.fixture
def console(account, trail, monkeypatch, read_once):
    """A browser that has entered a console over the account."""
    monkeypatch.setattr(module, "Trail", lambda dynamodb: trail)
    client = TestClient(build(lambda: account, SESSION, lambda: NOW), base_url=ORIGIN, follow_redirects=False)
    client.cookies.set(SESSION.cookie, SESSION.secret)
    return client


def test_the_console_replays_exactly_what_it_showed(console, account, trail):
    """By the form of its page, whose relative times are fixed by then; with the reason on the operators' chain."""
    page = console.get("/replay", params={"agent": "fraud", "type": PAID, "since": "150m"}).text
    assert "2 events to agent fraud" in page and "may still act" in page
    form = dict(re.findall(r'<input type="hidden" name="(.*?)" value="(.*?)">', page))
    sent = {**form, "note": "a fixed threshold"}
    trail.records.append(received("stripe:evt_3", NOW - 7500))
    again = console.post("/replay/start", data=sent, headers={"Origin": ORIGIN})
    assert (again.status_code, account.noted) == (409, [])
    assert "not those that were shown" in again.text
    trail.records.pop()
    assert console.post("/replay/start", data=form, headers={"Origin": ORIGIN}).status_code == 409
    done = console.post("/replay/start", data=sent, headers={"Origin": ORIGIN})
    assert (done.status_code, len(account.noted)) == (303, 2)
    assert account.noted[0][1]["reason"].endswith(": a fixed threshold")


def test_the_console_shows_one_event_and_refuses_what_cannot_be_replayed(console, account):
    """An id is one id, whatever is in it; a page that chooses nothing is only the form."""
    one = console.get("/replay", params={"agent": "fraud", "event": OWN}).text
    assert "1 event to agent fraud" in one
    assert "events to agent" not in console.get("/replay", params={"agent": "fraud"}).text
    two = console.get("/replay", params={"agent": "fraud", "event": "stripe:evt_1 stripe:evt_2"}).text
    assert "there is no event that agent fraud received stripe:evt_1 stripe:evt_2" in two
    assert "there is no agent" in console.get("/replay", params={"agent": "nobody", "event": OWN}).text


def test_on_the_local_stack_nothing_is_forgotten(trail, monkeypatch):
    monkeypatch.setattr(module, "has_archive", lambda account: False)
    with pytest.raises(OperatorError, match="the local stack has no archive"):
        replay(SimpleNamespace(), "fraud", handled(trail, "fraud", Wanted(), NOW), "why", NOW)


class Fraud:
    """The fraud agent in a kit, and handled payments of it, each with its own charge and review."""

    def __init__(self) -> None:
        charge = {"amount": 500, "currency": "usd", "created": 1_790_000_000, "paid": True, "captured": True}
        self.answer = lambda charge_id: {"id": charge_id, "outcome": {"risk_level": "normal"}, **charge}
        retrieve = lambda charge: self.answer(charge)  # noqa: E731 - the test changes self.answer
        self.kit = Kit("fraud", answers={"stripe.charge.retrieve": retrieve, "stripe.review.approve": {"open": False}})
        self.account = self.kit._account  # noqa: SLF001 - its queues and tables stand for AWS's

    def handle(self, events: int) -> list:
        named = [{name: f"{name}_{number}" for name in ("charge", "customer", "review")} for number in range(events)]
        made = [self.kit._event(event(PAID, **one)) for one in named]  # noqa: SLF001 - all of them at once
        self.kit._run(lambda: [self.account.publish(one.to_entry(naming.BUS)) for one in made])  # noqa: SLF001 - as above
        return made

    def replay(self, events: list, name: str = "replay-1") -> list[dict]:
        """Forget the events and let them come again, as EventBridge sends them; returns the records of it."""
        dynamodb = self.account._dynamodb  # noqa: SLF001 - as above
        forget(SimpleNamespace(client=lambda service: dynamodb), "fraud", [one.id for one in events])
        queue = self.account.queues[AGENT]
        before = self.noted()
        self.kit._run(lambda: [queue.send(json.dumps(_envelope(one, name))) for one in events])  # noqa: SLF001 - as above
        return self.noted()[len(before) :]

    def noted(self) -> list[dict]:
        bodies = [body for name in naming.AUDIT_QUEUES.values() for body in self.account.queues[name].accepted]
        return sorted((one for body in bodies for one in json.loads(body)), key=lambda one: one["at"])

    @property
    def done(self) -> int:
        """How many effects happened at the provider."""
        return sum(one.times for one in self.account.notes.performed if one.calling.operation.kind == "effect")


def _envelope(made, name: str) -> dict:
    entry = made.to_entry(naming.BUS)
    detail = json.loads(entry["Detail"])
    return {"source": entry["Source"], "detail-type": entry["DetailType"], "detail": detail, REPLAY: name}


def test_what_an_agent_publishes_again_has_the_same_id_and_is_a_copy_to_others():
    fraud = Fraud()
    fraud.replay(fraud.handle(2))
    ids = [one["id"] for one in fraud.account.bus.published if one["source"] == "agent.fraud"]
    assert len(ids) == 4 and len(set(ids)) == 2


def test_an_event_that_was_not_forgotten_stays_a_copy_in_a_replay():
    """What else the archive holds of that time changes nothing."""
    fraud = Fraud()
    (only,) = fraud.handle(1)
    queue = fraud.account.queues[AGENT]
    fraud.kit._run(lambda: queue.send(json.dumps(_envelope(only, "replay-1"))))  # noqa: SLF001 - as above
    assert [one["kind"] for one in fraud.noted() if one["identity"] == "agent.fraud"][-2:] == ["replayed", "duplicate"]


def test_a_replay_does_what_was_not_done_only_while_the_grant_is_valid():
    """A grant is not revived: after its four days the connector denies what it allowed."""
    fraud = Fraud()
    normal = fraud.answer
    fraud.answer = lambda charge: {**normal(charge), "refunded": True}
    first, second = fraud.handle(2)
    assert fraud.done == 0
    fraud.answer = normal
    fraud.replay([first])
    assert fraud.done == 1
    fraud.account.world.now += LIFETIME
    records = fraud.replay([second], "replay-2")
    assert fraud.done == 1
    denied = [one["reason"] for one in records if one["kind"] == "denied" and one["identity"] == "connector.stripe"]
    assert denied == ["the grant has expired"]
