"""What the crash matrix plays through: agents, what wakes them, and the moods of their provider."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from functions.core.authority.grants import LIFETIME, Approval, Grant, mint
from functions.core.events.event import Event, child_id
from functions.core.manifests.agent import AgentManifest, Budget, Subscription, Use
from functions.core.platform.action import Action
from functions.core.platform.canonical import digest
from functions.core.platform.times import rfc3339
from functions.core.runtime.outcomes import Emit

START = 1_790_000_000.0
GRANT_KEY = "the key of these tests, 32 characters or more"
REVIEW = "stripe:review/prv_1"
ENTITIES = ["stripe:charge/ch_1", REVIEW]
REFUND = {"charge": "ch_1", "amount": 1200}
PERMIT = '@id("all") permit (principal, action, resource);'
ASK = '@id("reads") permit (principal, action == stripe::Action::"charge.retrieve", resource);\n' + (
    '@id("asks") @ask permit (principal, action == stripe::Action::"refund.create", resource);'
)


def refund(event: Event, tools: Any) -> Emit:
    """Reads the charge, refunds some of it, and publishes that."""
    tools.stripe.charge_retrieve(charge="ch_1")
    tools.stripe.refund_create(**REFUND)
    return Emit("payment.held", {"charge": "ch_1", "score": 0.9, "reasons": ["refunded"]})


def only_refund(event: Event, tools: Any) -> Emit:
    """Refunds some of the charge without reading it, and publishes that."""
    tools.stripe.refund_create(**REFUND)
    return Emit("payment.held", {"charge": "ch_1", "score": 0.9, "reasons": ["refunded"]})


def approve(event: Event, tools: Any) -> Emit:
    """Closes the review, and publishes that."""
    tools.stripe.review_approve(review="prv_1")
    return Emit("payment.approved", {"charge": "ch_1", "score": 0.1, "review_closed": True})


def read(event: Event, tools: Any) -> Emit:
    """Reads the charge, and publishes that."""
    tools.stripe.charge_retrieve(charge="ch_1")
    return Emit("payment.approved", {"charge": "ch_1", "score": 0.1, "review_closed": False})


def tell(event: Event, tools: Any) -> Emit:
    """Publishes what a person decided; the runtime has performed what they approved by then."""
    return Emit("payment.approved", {"charge": "ch_1", "score": 0.1, "review_closed": False})


def refund_each(event: Event, tools: Any) -> Emit:
    """Reads the charge of its event, refunds some of it, and publishes that."""
    charge = event.data["charge"]
    tools.stripe.charge_retrieve(charge=charge)
    tools.stripe.refund_create(charge=charge, amount=1200)
    return Emit("payment.held", {"charge": charge, "score": 0.9, "reasons": ["refunded"]})


# What happens at the provider: the operation, and the entity that it touches.
EFFECTS = {
    ("refund",): ("stripe:refund.create", "stripe:charge/ch_1"),
    ("review closed",): ("stripe:review.approve", "stripe:review/prv_1"),
}


@dataclass(frozen=True)
class Scenario:
    """What an agent does with its event; `idempotency` is what the provider offers for it, `first` its first mood."""

    name: str
    run: Callable[..., Any]
    happens: tuple[str, ...] = ()
    idempotency: str = ""
    first: str = ""
    policy: str = PERMIT
    approved: bool = False
    publishes: str = "payment.held"
    seconds: int = 20
    slow: float = 0.0
    down: tuple[float, float] = (0.0, 0.0)


SCENARIOS = [
    Scenario("read", read, publishes="payment.approved"),
    Scenario("refund_key", refund, ("refund",), "key"),
    Scenario("refund_none", refund, ("refund",), "none"),
    Scenario("review_natural", approve, ("review closed",), "natural", publishes="payment.approved"),
    Scenario("asked", refund, (), "key", policy=ASK, publishes="approval.required"),
    Scenario("approved", tell, ("refund",), "none", policy=ASK, approved=True, publishes="payment.approved"),
    # At a provider that is not well these take two tries and more.
    Scenario("refund_key_fails", only_refund, ("refund",), "key", first="fails"),
    Scenario("refund_key_acts_and_fails", only_refund, ("refund",), "key", first="acts and fails"),
    Scenario("refund_key_fails_and_acts", only_refund, ("refund",), "key", first="fails and acts late"),
    Scenario("refund_none_late", only_refund, ("refund",), "none", first="late"),
    Scenario("approved_slow", tell, ("refund",), "none", "late", ASK, True, "payment.approved", seconds=60, slow=8.0),
    Scenario("refund_none_outage", only_refund, ("refund",), "none", first="late", down=(21.0, 130.0)),
]


# Not in the matrix: many events at once, through an outage.
OUTAGE = Scenario("refund_each", refund_each)


def manifest_of(scenario: Scenario) -> AgentManifest:
    operations = ["charge.retrieve", "review.approve", "refund.create"]
    return AgentManifest(
        name=scenario.name,
        owner="tests",
        purpose="tests",
        subscribes=[
            Subscription("payment.succeeded", ["webhook.stripe"]),
            Subscription("review.approved", ["review.service"]),
        ],
        publishes=["payment.approved", "payment.held"],
        uses=[Use("stripe", operations, reason="tests")],
        budget=Budget(seconds=scenario.seconds, effects_per_event=1, effects_per_tree=1),
    )


def event_of(scenario: Scenario, id: str) -> Event:
    """What wakes the agent: a payment, or a person's approval of the refund."""
    return approval(scenario, f"stripe:{id}") if scenario.approved else payment(id)


def payment(id: str, charge: str = "ch_1") -> Event:
    """A payment that Stripe's verifier published."""
    first, entities = f"stripe:{id}", [f"stripe:charge/{charge}", REVIEW]
    optional = ("customer", "country", "card", "risk_level", "risk_score")
    amount = {"amount": 4200, "currency": "usd", "created": 1}
    return Event(
        id=first,
        source="webhook.stripe",
        type="payment.succeeded",
        subject=entities[0],
        entities=entities,
        correlationid=first,
        time=rfc3339(START),
        receivedat=rfc3339(START),
        grant=_grant(first, first, entities),
        data={"charge": charge, "review": "prv_1", **amount, **dict.fromkeys(optional)},
        dataschema="payment.succeeded/1",
    )


def approval(scenario: Scenario, first: str) -> Event:
    """A person's approval of the refund; `first` is the id of the payment."""
    action = {"connector": "stripe", "operation": "refund.create", "arguments": REFUND}
    seen = {"amount": 4200, "amount_refunded": 0, "currency": "usd", "disputed": False, "paid": True}
    own = child_id(first, "review.service", "review.approved")
    bound = Approval("review", scenario.name, Action(**action).digest, digest(seen), ("arn:aws:iam::1:user/ada",))
    return Event(
        id=own,
        source="review.service",
        type="review.approved",
        subject=ENTITIES[0],
        entities=ENTITIES,
        correlationid=first,
        time=rfc3339(START),
        receivedat=rfc3339(START),
        grant=_grant(own, first, ENTITIES, bound),
        data={"review": "review", "agent": scenario.name, "action": action, "evidence": {}, "by": ["ada"], "note": ""},
        dataschema="review.approved/1",
    )


def _grant(event: str, correlation: str, entities: list[str], approval: Approval | None = None) -> str:
    lasts = (int(START), int(START) + LIFETIME)
    return mint(Grant(event, correlation, frozenset(entities), *lasts, approval), GRANT_KEY)
