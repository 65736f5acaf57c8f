"""Sends the day, follows each delivery on the audit trail, and counts from what the stack holds."""

import json
import secrets
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from functions.core.audit import chain
from functions.core.reviews.review import review_id
from hookline.demo.day import Delivery, the_day
from hookline.demo.show import Chain, Show
from hookline.local import stack
from hookline.local.progress import progress
from hookline.local.stack import LocalStack
from hookline.operator.errors import OperatorError
from hookline.operator.send import introduce, post
from hookline.operator.trail import Trail
from infra import naming

PATIENCE = 30.0  # seconds until a delivery that shows no decision counts as lost
LOOK_EVERY = 0.02
SOURCE, AGENT, VERIFIER = "stripe", "fraud", "webhook.stripe"
FORGED_SECRET = "whsec_not_the_secret_of_this_stack"  # noqa: S105 - it is there to be refused
OUTCOMES = {"payment.approved": "approved", "stripe:review.approve": "held", "payment.held": "held", "": "done"}


@dataclass(frozen=True)
class Result:
    """What became of one delivery; `latency_ms` from its sending to the agent's decision."""

    flow: str
    source: str
    delivery: str
    event: str | None
    agent: str | None
    outcome: str
    effects: list[str] = field(default_factory=list)
    latency_ms: float | None = None


def run(*, once: bool, as_json: bool) -> int:
    """Bring the stack up, run the demo on it and return its exit code.

    Raises OperatorError where the Stripe connector would call Stripe itself, which knows none of the day's payments.
    """
    if SOURCE in stack.live_providers():
        raise OperatorError("Stripe knows none of the demo's payments, they are made up: unset STRIPE_API_KEY for it")
    with progress() as say:
        running = stack.up(say)
    return run_on(running, once=once, as_json=as_json)


def run_on(running: LocalStack, *, once: bool, as_json: bool) -> int:
    """Run the demo and return the exit code: 1 where a delivery was lost or an effect was done twice."""
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
            print(json.dumps(asdict(result)), flush=True)
    summary = count(running, trail, before, len(results))
    if show:
        chained = Chain(before, chain.verify(trail.of_identity(VERIFIER)).seq)
        show.table([delivery.story for delivery in day], results, summary, chained)
    else:
        print(json.dumps({"summary": summary}), flush=True)
    return int(bool(summary["lost"] or summary["duplicate_effects"]))


def deliver(running: LocalStack, trail: Trail, delivery: Delivery, show: Show | None) -> Result:
    """Post one delivery and wait until the trail shows what became of it."""
    if show:
        show.delivery(delivery)
    if delivery.kind == "signed":
        introduce(running, delivery.event)
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
    """Wait for the agent's decision on an accepted delivery, and for the timeline that the next one is compared to."""
    shown: set[str] = set()
    records: list[dict[str, Any]] = []
    for records in _look(trail, f"{SOURCE}:{id}"):
        for record in records:
            if show and record["id"] not in shown:
                show.step(record, sent)
            shown.add(record["id"])
        if _settled(records):
            break
    decided = [record for record in records if record["kind"] == "decided" and record["identity"] == f"agent.{AGENT}"]
    event = next((record["action"] for record in records if record["identity"] == VERIFIER), None)
    # Not what came of its children: that a review is told in Slack is the notifier's.
    effected = (record for record in records if (record["kind"], record["event"]) == ("effected", f"{SOURCE}:{id}"))
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
    """Whether the agent has published and the event is on its entities' timelines."""
    kinds = Counter((record["identity"], record["kind"]) for record in records)
    expected = kinds[(f"agent.{AGENT}", "published")]
    asked = sum(record["action"] == "approval.required" for record in records if record["kind"] == "published")
    projected = kinds[("service.context", "projected")]
    return bool(expected) and projected >= 1 + expected and kinds[("service.reviews", "asked")] >= asked


def count(running: LocalStack, trail: Trail, before: int, sent: int) -> Mapping[str, int]:
    """The run in figures, from the audit chains, the reviews and the provider's own record of what was done to it."""
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
    review = {"id": {"S": review_id(f"agent.{AGENT}:approval.required:{event}")}}
    dynamodb = running.client("dynamodb")
    return "Item" in dynamodb.get_item(TableName=naming.REVIEWS_TABLE, Key=review, ConsistentRead=True)


def _twice(running: LocalStack, trees: Mapping[str, list[dict[str, Any]]]) -> int:
    """How often an effect was done again: by its key in the ledger on the trail, and by what Stripe's sandbox saw."""
    effected = [record for records in trees.values() for record in records if record["kind"] == "effected"]
    ours = Counter(record["digests"]["effect"] for record in effected)
    twice = sum(times - 1 for times in ours.values())
    if SOURCE not in running.live:
        reviews = {record["resource"].rsplit("/", 1)[1] for record in effected}
        effects = running.sandboxes.control("GET", "/_sandbox/stripe/state")["effects"]
        theirs = Counter((effect["kind"], effect["id"]) for effect in effects if effect["id"] in reviews)
        twice = max(twice, sum(times - 1 for times in theirs.values()))
    return twice
