"""Held payments, end to end: agent, gate, review service and Stripe's sandbox, with nothing but a moved clock."""

import json
from types import SimpleNamespace

import pytest

from functions.agents.fraud.agent import run
from functions.agents.fraud.manifest import MANIFEST as FRAUD
from functions.api.sandbox import Request as Asked
from functions.core.context.connector import MANIFEST as CONTEXT
from functions.core.context.operations import TimelineReader
from functions.core.context.timeline import Timelines
from functions.core.events import catalogue
from functions.core.events.bus import Bus
from functions.core.events.event import Event, child_id
from functions.core.gate.budgets import Budgets
from functions.core.gate.gate import Gate
from functions.core.gate.ledger import Ledger
from functions.core.gate.policy import policy_of
from functions.core.gate.request import Request
from functions.core.gate.serve import describe
from functions.core.platform.errors import HooklineError
from functions.core.reviews.notices import Notices
from functions.core.reviews.review import Refused, Voter, review_id
from functions.core.reviews.schedules import Schedules
from functions.core.reviews.service import ReviewService
from functions.core.reviews.store import Reviews
from functions.core.runtime.agent import Agent
from functions.core.runtime.wakes import Wakes
from functions.providers.stripe.connector import MANIFEST as STRIPE
from functions.providers.stripe.sandbox import SANDBOX_API_KEY, Stripe
from functions.providers.stripe.sandbox.objects import charge
from hookline.local.sandbox_server import SandboxServer
from hookline.testing.providers import at_sandbox

ADA = Voter("arn:aws:iam::111122223333:user/ada", ("ada",))
DAY = 24 * 3600


class Project:
    """The parts, and what the bus brings from one to the other."""

    def __init__(self, stripe: Stripe, agent: Agent, service: ReviewService, reviews: Reviews, bus) -> None:
        self.stripe, self.agent, self.service, self.reviews, self._bus = stripe, agent, service, reviews, bus
        self._seen = 0

    def deliver(self) -> list[str]:
        """Delivers everything that was published to its subscribers until nothing is left; returns the types."""
        types = []
        while self._seen < len(self._bus.events):
            event = Event(**self._bus.events[self._seen])
            self._seen += 1
            types.append(event.type)
            if event.type == "approval.required":
                self.service.open(event)
            elif event.source == "review.service":
                self.agent.wake(event)
        return types

    def decide(self, id: str, do: str) -> None:
        shown = self.reviews.get(id)
        self.service.decide(id, do, ADA, "", shown.action_digest, shown.state_digest)

    @property
    def effects(self) -> list[str]:
        return [effect["kind"] for effect in json.loads(self.stripe.control("GET", "state", b"").body)["effects"]]


@pytest.fixture
def project(clock, dynamodb, table, make_audit, eventbridge, grant_key, sqs, new_id):
    stripe = Stripe(clock)
    ledger, budgets = Ledger(dynamodb, table("ledger"), new_id), Budgets(dynamodb, table("budgets"))
    with SandboxServer([stripe]) as server:
        performers = {
            "stripe": (STRIPE, at_sandbox(STRIPE, lambda: SANDBOX_API_KEY, server.urls["stripe"])),
            "context": (CONTEXT, TimelineReader(Timelines(dynamodb, table("timelines")))),
        }
        gates = {
            name: Gate(
                manifest,
                {"fraud": FRAUD}.get,
                lambda agent, operation, entity, action, destination, name=name: policy_of(agent.name).decide(
                    agent.name, name, operation, entity, action.arguments
                ),
                lambda: [grant_key],
                performer,
                ledger,
                budgets,
                make_audit(manifest.identity),
                clock,
            )
            for name, (manifest, performer) in performers.items()
        }

        def invoke(connector: str, payload: dict) -> dict:
            try:
                passed = gates[connector].handle(Request.read(json.loads(json.dumps(payload))), "fraud")
            except HooklineError as error:
                return {"error": describe(error)}
            return {"result": passed.result, "used": passed.used}

        wakes = Wakes(dynamodb, table("idempotency"))
        bus = Bus(eventbridge, "bus")
        agent = Agent(FRAUD, run, catalogue, bus, invoke, wakes, make_audit("agent.fraud"), clock)
        reviews = Reviews(dynamodb, table("reviews"))
        quiet = SimpleNamespace(create_schedule=lambda **_: {}, publish=lambda **_: {}, delete_schedule=lambda **_: {})
        service = ReviewService(
            reviews,
            bus,
            make_audit("service.reviews"),
            Schedules(quiet, "hookline-reviews", "arn:clock", "arn:role"),
            Notices(quiet, "arn:topic"),
            grant_keys=[grant_key],
            link_keys=["the key of links in these tests, 32 or more"],
            url="https://reviews.example",
            clock=clock,
            new_id=new_id,
        )
        yield Project(stripe, agent, service, reviews, eventbridge)


def question_id(parent: str) -> str:
    return child_id(parent, "agent.fraud", "approval.required")


@pytest.fixture
def held(project, make_event, make_grant, clock):
    """A large payment of a new customer that the fraud agent holds; returns the id of its review."""

    def pay(number: int = 1) -> str:
        ids = {"charge": f"ch_{number}", "customer": f"cus_{number}", "review": f"prv_{number}"}
        made = charge(
            ids["charge"],
            amount=900_000,
            currency="usd",
            customer=ids["customer"],
            created=int(clock.now),
            card_fingerprint="fp",
            country="US",
            risk_level="elevated",
            risk_score=60,
            review=ids["review"],
        )
        project.stripe.control("POST", "charges", json.dumps([made]).encode())
        entities = [f"stripe:{kind}/{id}" for kind, id in ids.items()]
        id = f"stripe:evt_{number}"
        grant = make_grant(*entities, event=id, issued=clock.now, expires=clock.now + 4 * DAY)
        names = {"id": id, "correlationid": id, "subject": entities[0], "entities": entities, "grant": grant}
        project.agent.wake(make_event({**ids, "amount": 900_000}, **names))
        assert project.deliver() == ["approval.required", "payment.held"]
        return review_id(question_id(id))

    return pay


def test_an_approved_payment_is_let_through_and_its_review_closed_once(project, held):
    """The person saw the review as the connector read it, and the agent says what became of the payment."""
    id = held()
    assert project.reviews.get(id).state == {"charge": "ch_1", "open": True, "reason": "rule"}
    project.decide(id, "approve")
    assert project.deliver() == ["review.approved", "payment.approved"]
    assert project.effects == ["review.approve"]


def test_a_denied_payment_stays_held(project, held):
    project.decide(held(), "deny")
    assert project.deliver() == ["review.denied"]
    assert project.effects == []


def test_a_payment_that_nobody_decides_on_comes_to_its_default(project, held, clock):
    """The default is denial; a later decision is refused with it."""
    id = held()
    clock.now += DAY
    project.service.expire(id)
    assert project.deliver() == ["review.expired"]
    with pytest.raises(Refused):
        project.decide(id, "approve")
    assert (project.deliver(), project.effects) == ([], [])


def test_three_payments_have_three_ends(project, held, clock):
    """None of them is taken for another."""
    approved, denied, left = held(1), held(2), held(3)
    project.decide(denied, "deny")
    project.decide(approved, "approve")
    clock.now += DAY
    project.service.expire(left)
    assert project.deliver() == ["review.denied", "review.approved", "review.expired", "payment.approved"]
    assert project.effects == ["review.approve"]


def test_a_double_click_closes_one_review_once(project, held):
    id = held()
    project.decide(id, "approve")
    with pytest.raises(Refused):
        project.decide(id, "approve")
    project.deliver()
    assert project.effects == ["review.approve"]


def test_a_review_that_changed_since_is_put_to_the_person_again(project, held):
    """Somebody else refunded the charge, which closed Stripe's review: nothing is done on the old judgement."""
    project.decide(held(), "approve")
    form = {"content-type": "application/x-www-form-urlencoded", "authorization": f"Bearer {SANDBOX_API_KEY}"}
    assert project.stripe.handle(Asked("POST", "/v1/refunds", headers=form, body=b"charge=ch_1")).status == 200
    assert project.deliver() == ["review.approved", "approval.required"]
    approved = child_id(question_id("stripe:evt_1"), "review.service", "review.approved")
    again = project.reviews.get(review_id(question_id(approved)))
    assert again.state == {"charge": "ch_1", "open": False, "reason": "refunded"}
    assert project.effects == ["refund.create"]
