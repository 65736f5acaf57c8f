"""Sends the day's deliveries, follows each one on the audit trail, and counts the results on the stack."""

import json
import secrets
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from functions.core.audit import chain
from functions.core.events.event import child_id
from functions.core.reviews.review import review_id
from hookline.cli.output import echo_json
from hookline.demo.day import Delivery, the_day
from hookline.demo.show import Chain, Show
from hookline.local import stack
from hookline.local.progress import progress
from hookline.local.stack import LocalStack
from hookline.operator.audit.causation import event_of, steps
from hookline.operator.errors import OperatorError
from hookline.operator.send import post, register_charge
from hookline.operator.trail import Trail
from infra import naming

PATIENCE = 30.0  # seconds until a delivery without a decision counts as lost
LOOK_EVERY = 0.02
SOURCE, AGENT, VERIFIER = "stripe", "fraud", "webhook.stripe"
FORGED_SECRET = "whsec_not_the_secret_of_this_stack"  # noqa: S105 - deliveries signed with it are rejected
OUTCOMES = {"payment.approved": "approved", "stripe:review.approve": "held", "payment.held": "held", "": "done"}


@dataclass(frozen=True)
class Result:
    """The result of one delivery; `latency_ms` is the time from its request to the agent's decision."""

    flow: str
    source: str
    delivery: str
    event: str | None
    agent: str | None
    outcome: str
    effects: list[str] = field(default_factory=list)
    latency_ms: float | None = None


def run(*, once: bool, as_json: bool) -> int:
    """Start the local stack, run the demo on it and return the exit code.

    Raises OperatorError if the Stripe connector would call Stripe itself, which has none of the day's payments.
    """
    if SOURCE in stack.live_providers():
        raise OperatorError("Stripe has none of the demo's payments, which are generated: unset STRIPE_API_KEY")
    with progress() as say:
        running = stack.up(say)
    return run_on(running, once=once, as_json=as_json)


def run_on(running: LocalStack, *, once: bool, as_json: bool) -> int:
    """Run the demo and return the exit code: 1 if a delivery was lost or an effect was performed twice."""
    show = None if as_json else Show(running)
    trail = Trail(running.client("dynamodb"))
    before = trail.length(VERIFIER)
    day = the_day(secrets.token_hex(6), time.time())
    results = []
    day = day[:1] if once else day
    for delivery in day:
        result = deliver(running, trail, delivery, show)
        results.append(result)
        if as_json:
            echo_json(asdict(result))
    summary = count(running, trail, before, len(results))
    if show:
        chained = Chain(before, chain.verify(trail.of_identity(VERIFIER)).seq)
        show.table([delivery.story for delivery in day], results, summary, chained)
    else:
        echo_json({"summary": summary})
    return int(bool(summary["lost"] or summary["duplicate_effects"]))


def deliver(running: LocalStack, trail: Trail, delivery: Delivery, show: Show | None) -> Result:
    """Post one delivery and wait for its result on the trail."""
    if show:
        show.delivery(delivery)
    if delivery.kind == "signed":
        register_charge(running, delivery.event)
    body = json.dumps(delivery.event).encode()
    secret = FORGED_SECRET if delivery.kind == "forged" else None
    age = 600 if delivery.kind == "stale" else 0
    posted = post(running, SOURCE, body, secret=secret, age=age, signed=delivery.kind != "unsigned")
    if show:
        show.answer(posted)
    if posted.status != 200 or posted.word:
        outcome = "duplicate" if posted.word == "Duplicate" else posted.word or str(posted.status)
        return Result("payments", SOURCE, delivery.event["id"], None, None, outcome)
    return follow(trail, delivery.event["id"], posted.sent, show)


def follow(trail: Trail, id: str, sent: float, show: Show | None) -> Result:
    """Wait for the agent's decision on an accepted delivery, and for the timelines that it scores the next one by."""
    first = f"{SOURCE}:{id}"
    records: list[dict[str, Any]] = []
    for records in _look(trail, first):
        if _settled(records):
            break
    if show:
        # Only now: an identity's records are appended together, so an effect can be on the trail before its cause.
        for step in steps(first, records):
            show.step(step, sent)
    decided = [record for record in records if record["kind"] == "decided" and record["identity"] == f"agent.{AGENT}"]
    event = next((record["action"] for record in records if record["identity"] == VERIFIER), None)
    # Effects of its children do not count: the notifier's message about a review is one.
    effected = (record for record in records if (record["kind"], event_of(record)) == ("effected", first))
    effects = [f"{record['action']} {record['resource']}" for record in effected]
    if not decided:
        return Result("payments", SOURCE, id, event, AGENT, "lost", effects)
    latency = (datetime.fromisoformat(decided[0]["at"]).timestamp() - sent) * 1000
    outcome = OUTCOMES[decided[0]["action"]]
    return Result("payments", SOURCE, id, event, AGENT, outcome, effects, round(latency, 1))


def _look(trail: Trail, correlation: str) -> Iterator[list[dict[str, Any]]]:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        yield trail.of_correlation(correlation)
        time.sleep(LOOK_EVERY)


def _settled(records: list[dict[str, Any]]) -> bool:
    """Whether the agent has published, all events are on the timelines and in review, and all effects on record."""
    kinds = Counter((record["identity"], record["kind"]) for record in records)
    expected = kinds[(f"agent.{AGENT}", "published")]
    asked = sum(record["action"] == "approval.required" for record in records if record["kind"] == "published")
    projected = kinds[("service.context", "projected")]
    # Each payment of the day has a review, which the agent closes before it publishes; records of a connector have a
    # queue of their own, so they can come later than the agent's.
    approved = sum((record["kind"], record["action"]) == ("published", "payment.approved") for record in records)
    effected = kinds[(f"connector.{SOURCE}", "effected")] + kinds[(f"connector.{SOURCE}", "repeated")]
    complete = projected >= 1 + expected and kinds[("service.reviews", "asked")] >= asked and effected >= approved
    return bool(expected) and complete


def count(running: LocalStack, trail: Trail, before: int, sent: int) -> Mapping[str, int]:
    """The figures of the run, from the audit chains, the reviews and the sandbox's own list of effects."""
    received = trail.of_identity(VERIFIER, after=before)
    kinds = Counter(record["kind"] for record in received)
    accepted = [record["event"] for record in received if record["kind"] == "published"]
    trees = {event: trail.of_correlation(event) for event in accepted}
    handled = [event for event, records in trees.items() if any(record["kind"] == "decided" for record in records)]
    return {
        "sent": sent,
        "rejected": kinds["rejected"],
        "duplicates": kinds["duplicate"],
        "handled": len(handled),
        "held": sum(_is_held(running, event) for event in accepted),
        "lost": sent - kinds["rejected"] - kinds["duplicate"] - len(handled),
        "duplicate_effects": _twice(running, trees),
    }


def _is_held(running: LocalStack, event: str) -> bool:
    question = child_id(event, f"agent.{AGENT}", "approval.required")
    review = {"id": {"S": review_id(question)}}
    dynamodb = running.client("dynamodb")
    return "Item" in dynamodb.get_item(TableName=naming.REVIEWS_TABLE, Key=review, ConsistentRead=True)


def _twice(running: LocalStack, trees: Mapping[str, list[dict[str, Any]]]) -> int:
    """How often an effect was repeated: by its idempotency key on the trail, and by the sandbox's list of effects."""
    effected = [record for records in trees.values() for record in records if record["kind"] == "effected"]
    ours = Counter(record["digests"]["effect"] for record in effected)
    twice = sum(times - 1 for times in ours.values())
    if SOURCE not in running.live:
        reviews = {record["resource"].rsplit("/", 1)[1] for record in effected}
        effects = running.sandboxes.control("GET", "/_sandbox/stripe/state")["effects"]
        theirs = Counter((effect["kind"], effect["id"]) for effect in effects if effect["id"] in reviews)
        twice = max(twice, sum(times - 1 for times in theirs.values()))
    return twice
