"""An agent that is wholly taken over can do no more than its event, its policy and its budget allow.

A project with two agents that obey every instruction in their events, and every call that an attacker could think of
made from inside them, with the credentials of their roles. Each attempt is held against three things: what the agent
got, what happened at the provider, and where it stands on record. tests/local/hostile/attempts.py lists them.

What this cannot show is AWS's own part: the emulator judges the permissions here, AWS does there; and a process on
this machine is not as sealed as a Lambda function.
"""

import json
import os
import secrets
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from functions.core.audit import chain
from functions.core.authority import grants
from functions.core.authority.grants import Approval, Grant
from functions.core.context.timeline import Timelines
from functions.core.events.event import Event, child_id
from functions.core.gate.approvals import reviewed_fields
from functions.core.platform.action import Action
from functions.core.platform.canonical import digest
from functions.core.platform.times import rfc3339
from functions.providers.stripe.connector import MANIFEST as STRIPE
from hookline.local import stack as local_stack
from hookline.local.emulator import ACCOUNT, HOST
from hookline.local.stack import LocalStack
from hookline.local.toolchain import ROOT
from hookline.operator.send import post
from hookline.operator.trail import Trail
from infra import naming
from tests.local.hostile.attempts import (
    FLOOD,
    PROVIDER,
    Attempt,
    Dead,
    On,
    World,
    allowed,
    hand_off,
    not_prevented,
    prevented,
    raw,
    request,
    tools,
    with_odd_arguments,
)
from tests.local.payments import payment

pytestmark = pytest.mark.local

HERE = Path(__file__).parent / "hostile"
AGENTS = ("hostile", "accomplice")
NEEDED = ("functions", "hookline", "infra", "requirements", "cdk.json", "pyproject.toml")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]) -> Iterator[LocalStack]:
    """A project of its own whose agents are the two of this test, brought up by its own command."""
    project = tmp_path_factory.mktemp("project")
    for name in NEEDED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, project / name)
    for tools_of_it in (".tools", "node_modules"):
        (project / tools_of_it).symlink_to(ROOT / tools_of_it)
    agents = project / "functions/agents"
    shutil.rmtree(agents / "fraud")
    for name in AGENTS:
        shutil.copytree(HERE / name, agents / name)
        for file in ("__init__.py", "agent.py"):
            shutil.copy(HERE / file, agents / name)
    ports = {"HOOKLINE_PORT": str(free_port()), "HOOKLINE_SANDBOX_PORT": str(free_port())}
    environment = {name: value for name, value in os.environ.items() if name != "STRIPE_API_KEY"} | ports
    state = project / ".hookline"
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("STRIPE_API_KEY", raising=False)
        try:
            words = [sys.executable, "-m", "hookline", "up"]
            done = subprocess.run(words, cwd=project, env=environment, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout + done.stderr
            up = local_stack.find(state)
            assert up is not None
            yield up
        finally:
            local_stack.down(state)


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[tuple[str, list[str]]]:
    """An attacker's address, and what arrived there."""
    arrived: list[str] = []

    class Attacker(BaseHTTPRequestHandler):
        def answer(self) -> None:
            arrived.append(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST = answer

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer((HOST, 0), Attacker)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://{HOST}:{server.server_port}/", arrived
    server.shutdown()
    server.server_close()


@dataclass
class Attacker:
    """Puts instructions into what a provider sends, and reads what came of them."""

    stack: LocalStack
    key: str
    eventually: Callable[..., Any]

    def payment(self, raw_type: str, *do: tuple[str, dict[str, Any]]) -> dict[str, Any]:
        """An event about a payment that the sandbox knows, not sent yet; `do` are its instructions."""
        event = payment(self.stack, review=None) | {"type": raw_type}
        return instructed(event, do)

    def deliver(self, event: dict[str, Any]) -> str:
        """Send it as Stripe would, signed; gives the event's id."""
        assert post(self.stack, "stripe", json.dumps(event).encode()).status == 200
        return f"stripe:{event['id']}"

    def grant(self, event: str, *entities: str, expires: float = 3600, approval: Approval | None = None) -> str:
        """A grant that is good, or would be if it had not expired, as the verifier or the review service mints it."""
        now = int(time.time())
        return grants.mint(Grant(event, event, frozenset(entities), now, now + int(expires), approval), self.key)

    def came_of(self, agent: str, event: str) -> dict[str, str]:
        """What came of each instruction of an event."""
        rows = self.stack.client("dynamodb")
        key = {"id": {"S": f"came of {event}"}}

        def row() -> dict[str, Any] | None:
            return rows.get_item(TableName=f"{naming.agent(agent)}-idempotency", Key=key).get("Item")

        return json.loads(self.eventually(row, f"what came of {event}", seconds=120)["came"]["S"])

    def approve(self, first: str, subject: dict[str, Any], amount: int, *do: tuple[str, dict[str, Any]]) -> str:
        """The review service's word that a person approved a refund of the charge as it is; gives the event's id."""
        id, entity = f"review.service:review.approved:{secrets.token_hex(8)}", f"stripe:charge/{subject['id']}"
        action = Action("stripe", "refund.create", {"charge": subject["id"], "amount": amount})
        state = digest(reviewed_fields(STRIPE.operation("refund.create"), self.charges()[subject["id"]]))
        approval = Approval("r", "hostile", action.digest, state, ("arn:aws:iam::111122223333:user/ada",))
        now = int(time.time())
        token = grants.mint(Grant(id, first, frozenset({entity}), now, now + 3600, approval), self.key)
        event = Event(
            id=id,
            source="review.service",
            type="review.approved",
            subject=entity,
            time=rfc3339(now),
            receivedat=rfc3339(now),
            entities=[entity],
            correlationid=first,
            grant=token,
            data={
                "review": "r",
                "agent": "hostile",
                "action": action.__dict__,
                "evidence": {},
                "by": ["arn:aws:iam::111122223333:user/ada"],
                "note": "",
            },
            dataschema="review.approved/1",
            raw=raw(*do),
        )
        self.stack.client("events").put_events(Entries=[event.to_entry(naming.BUS)])
        return id

    def recorded(
        self, tree: str, identity: str, kind: str, words: str = "", count: int = 1, **fields: str
    ) -> list[dict[str, Any]]:
        """The records of a tree by an identity, once there are `count` of this kind with this in their reason."""
        trail = Trail(self.stack.client("dynamodb"))

        def found() -> list[dict[str, Any]] | None:
            records = [
                record
                for record in trail.of_correlation(tree)
                if (record["identity"], record["kind"]) == (identity, kind)
                and words in f"{record['decision']} {record['reason']}"
                and fields.items() <= record.items()
            ]
            return records if len(records) >= count else None

        return self.eventually(found, f"{identity} {kind} {words} in {tree}")

    def woken(self, agent: str, by: str, times: int) -> bool:
        """Whether events of trees whose names begin so have woken an agent so many times."""
        trail = Trail(self.stack.client("dynamodb"))

        def found() -> bool:
            decided = [record for record in trail.of_identity(agent) if record["kind"] == "decided"]
            return len([record for record in decided if record["correlation"].startswith(by)]) == times

        return self.eventually(found, f"{agent} woken {times} times by {by}")

    def refunds(self, charge: str) -> list[int]:
        """What was given back of a charge, the first first."""
        return [refund["amount"] for refund in self.sandbox()["refunds"] if refund["charge"] == charge]

    def charges(self) -> dict[str, dict[str, Any]]:
        """Every charge that the provider has."""
        return {found["id"]: found for found in self.sandbox()["charges"]}

    def sandbox(self) -> dict[str, Any]:
        """All that the provider has."""
        return self.stack.sandboxes.control("GET", "/_sandbox/stripe/state")


def tell(attempts: list[Attempt], came: dict[str, str]) -> None:
    """Print what was tried, what came of it and where it stands: pytest's -s shows it."""
    for attempt in attempts:
        print(f"{attempt.name:75} | {came[attempt.name][:60]:60} | {where(attempt)}")


def where(attempt: Attempt) -> str:
    """Where an attempt stands, in words."""
    match attempt.where:
        case On(identity=identity, kind=kind, words=words):
            return f"{identity} {kind}: {words}"
        case Dead(name=name, words=words):
            return f"dead letters of {name}: {words}"
    return attempt.where


def instructed(event: dict[str, Any], do: Any) -> dict[str, Any]:
    """The event with instructions in a field that its provider's customers can write."""
    event["data"]["object"]["metadata"] = {"do": json.dumps(do)}
    return event


@pytest.fixture(scope="module")
def attacker(stack: LocalStack, eventually: Callable[..., Any]) -> Attacker:
    key = stack.client("secretsmanager").get_secret_value(SecretId=naming.GRANT_KEY)["SecretString"]
    return Attacker(stack, key, eventually)


@pytest.fixture(scope="module")
def not_on_record(stack: LocalStack) -> Callable[[list[Attempt]], list[str]]:
    """Which attempts do not stand where they must, a while after them."""
    trail, sqs = Trail(stack.client("dynamodb")), stack.client("sqs")

    def dead(agent: str) -> list[str]:
        queue = f"{stack.emulator.endpoint}/{ACCOUNT}/{naming.agent(agent)}-dead-letters"
        read = {"MaxNumberOfMessages": 10, "VisibilityTimeout": 0, "MessageAttributeNames": ["All"]}
        messages = sqs.receive_message(QueueUrl=queue, **read).get("Messages", [])
        return [message["MessageAttributes"]["reason"]["StringValue"] for message in messages]

    def missing(attempts: list[Attempt]) -> list[str]:
        chains = {a.where.identity: trail.of_identity(a.where.identity) for a in attempts if isinstance(a.where, On)}
        letters = {a.where.name: dead(a.where.name) for a in attempts if isinstance(a.where, Dead)}
        stands = {
            attempt.name: any(tells(record, attempt) for record in chains[attempt.where.identity])
            if isinstance(attempt.where, On)
            else any(attempt.where.words in reason for reason in letters[attempt.where.name])
            for attempt in attempts
            if isinstance(attempt.where, On | Dead)
        }
        return [name for name, found in stands.items() if not found]

    def wait(attempts: list[Attempt]) -> list[str]:
        until, left = time.monotonic() + 30, attempts
        while left and time.monotonic() < until:
            names = missing(left)
            left = [attempt for attempt in left if attempt.name in names]
        return [attempt.name for attempt in left]

    return wait


def tells(record: dict[str, Any], attempt: Attempt) -> bool:
    """Whether a record is of this attempt: its kind, its words and, where they are known, its arguments."""
    where, arguments = attempt.where, attempt.told.get("arguments")
    said = f"{record.get('decision')} {record.get('reason')}"
    known = attempt.told["by"] == "tools" and '"$"' not in json.dumps(arguments)
    return (
        isinstance(where, On)
        and record["kind"] == where.kind
        and where.words in said
        and where.resource in record.get("resource", "")
        and where.event in record.get("event", "")
        and (not known or record["digests"].get("arguments") == digest(arguments))
    )


def test_no_attempt_of_an_agent_that_is_taken_over_succeeds_and_each_is_on_record(
    attacker: Attacker,
    not_on_record: Callable[[list[Attempt]], list[str]],
    elsewhere: tuple[str, list[str]],
    stack: LocalStack,
) -> None:
    other = attacker.payment("charge.failed")
    attacker.deliver(other)  # somebody else's payment, of which the agent never hears
    own = attacker.payment("charge.refunded")
    subject, stranger = own["data"]["object"], other["data"]["object"]
    other_event, entity = f"stripe:{other['id']}", f"stripe:charge/{subject['id']}"
    mappings = stack.client("lambda").list_event_source_mappings(FunctionName=naming.agent("hostile"))
    world = World(
        charge=subject["id"],
        customer=subject["customer"],
        other_charge=stranger["id"],
        other_customer=stranger["customer"],
        other_event=other_event,
        expired_grant=attacker.grant(f"stripe:{own['id']}", entity, expires=-1),
        other_grant=attacker.grant(other_event, f"stripe:charge/{stranger['id']}"),
        webhooks=f"{stack.url}/webhooks/stripe",
        stripe=stack.sandboxes.urls["stripe"],
        elsewhere=elsewhere[0],
        queues=f"{stack.emulator.endpoint}/{ACCOUNT}",
        mapping=mappings["EventSourceMappings"][0]["UUID"],
    )
    path = f"/v1/charges/{subject['id']}"
    redirect = {"provider": "stripe", "fault": "redirect", "location": elsewhere[0]}
    stack.sandboxes.control("POST", "/_sandbox/faults", {**redirect, "match": {"method": "GET", "path": path}})

    *odd, redirected = with_odd_arguments(world)
    attempts = [redirected, *odd, *allowed(world), *prevented(world), *not_prevented(world)]
    first = attacker.deliver(instructed(own, [(attempt.name, attempt.told) for attempt in attempts]))
    came = attacker.came_of("hostile", first)

    tell(attempts, came)
    assert [(a.name, came[a.name]) for a in attempts if a.answer not in came[a.name]] == []
    assert not_on_record(attempts) == []
    assert attacker.refunds(subject["id"]) == [500]
    assert attacker.refunds(stranger["id"]) == []
    assert [effect["kind"] for effect in attacker.sandbox()["effects"]] == ["refund.create"]
    refused = [call["status"] for call in attacker.sandbox()["calls"] if call["path"] == "/v1/refunds"].count(401)
    assert refused == [a.where for a in attempts].count(PROVIDER)
    assert elsewhere[1] == ["what it knows"]
    assert attacker.woken("agent.accomplice", by="made-up-", times=FLOOD), "as docs/security.md admits"
    asked = child_id(first, "agent.hostile", "approval.required")
    assert attacker.recorded(first, "service.reviews", "asked", event=asked), "the question is before a person"
    past = Timelines(stack.client("dynamodb"), naming.TIMELINES_TABLE).read(
        f"stripe:customer/{world.other_customer}", 9
    )
    assert [entry["id"] for entry in past["entries"]] == [other_event]


def test_an_approval_is_good_for_its_one_action_once_by_its_agent_and_within_the_budget(attacker: Attacker) -> None:
    own = attacker.payment("charge.refunded")
    subject = own["data"]["object"]
    little = ("little", tools("refund.create", {"charge": subject["id"], "amount": 500}))
    first = attacker.deliver(instructed(own, [little]))
    attacker.came_of("hostile", first)

    def refund(amount: int) -> dict[str, Any]:
        return request("refund.create", {"charge": subject["id"], "amount": amount})

    misuses = [
        ("once more", refund(900)),
        ("more than was approved", refund(901)),
        ("what needs no approval", refund(400)),
        ("by a second agent", hand_off(raw=raw(("", refund(900))))),
    ]
    came = attacker.came_of("hostile", attacker.approve(first, subject, 900, *misuses))
    assert '"amount": 900' in came["once more"]
    assert attacker.recorded(first, "connector.stripe", "repeated", "already done")
    assert attacker.recorded(first, "connector.stripe", "denied", "the approval is for another action", count=3)
    attacker.approve(first, subject, 901)
    assert attacker.recorded(first, "agent.hostile", "failed", "2 in the whole tree: they are used up")
    assert attacker.refunds(subject["id"]) == [500, 900]


def test_a_loop_of_hand_offs_ends_at_a_person_whatever_its_events_say(attacker: Attacker) -> None:
    alone = {"agent.hostile": "payment.held"}
    in_turn = {"agent.hostile": "payment.approved", "agent.accomplice": "payment.held"}
    again = {"by": "say", "raw": {"$": "raw"}, "hops": 0}
    loops = {
        "to itself": {**again, "types": alone},
        "to a second agent and back": {**again, "types": in_turn},
        "each round as a tree of its own": {**again, "types": in_turn, "correlationid": "stripe:evt_made_up"},
    }
    trees = {
        name: attacker.deliver(instructed(attacker.payment("charge.refunded"), [(name, told)]))
        for name, told in loops.items()
    }
    ended = "this tree of events has woken the agent 4 times, as often as it may"
    for name in ("to itself", "to a second agent and back"):
        assert attacker.recorded(trees[name], "agent.hostile", "failed", ended)
        assert attacker.recorded(trees[name], "agent.hostile", "published", action="approval.required")
        assert len(attacker.recorded(trees[name], "agent.hostile", "decided", decision="Done")) == 4
    lie = attacker.recorded("stripe:evt_made_up", "agent.accomplice", "failed", "not of the tree that its grant is for")
    assert len(lie) == 1


def test_nothing_that_it_did_broke_a_chain(attacker: Attacker) -> None:
    trail = Trail(attacker.stack.client("dynamodb"))
    for identity in ("agent.hostile", "agent.accomplice", "connector.stripe", "service.recorder", "service.context"):
        assert chain.verify(trail.of_identity(identity)).seq > 0
