"""A what-if over ten thousand recorded payments: both lanes with another threshold, without the time to read S3.

The records are synthetic: each payment has the three calls that the fraud agent makes, with several amounts and risks.
"""

import os
from collections.abc import Iterator
from time import perf_counter
from typing import Any

from bench.checks import Check, show
from functions.core.platform.times import rfc3339
from functions.events.payments import PaymentSucceeded
from hookline.operator.records.candidate import folder_of
from hookline.operator.records.stored import Run
from hookline.operator.records.what_if import Candidate, what_if
from hookline.validation.discovery import discover

RUNS = 10_000
SECONDS = 60.0
LANES = 2
BEGIN = 1_790_000_000
DAY = 24 * 3600
AMOUNTS, RISKS = (500, 2_000, 60_000, 100_000, 300_000), ("normal", "elevated")
PRESENT, OTHER = "hold_at: float = 0.5", "hold_at: float = 0.1"  # of the agent's settings


def run() -> list[Check]:
    """Measure, print, and return the checks."""
    runs, project = list(_runs()), discover()
    with folder_of("fraud") as present, folder_of("fraud") as other:
        settings = other / "settings.py"
        text = settings.read_text()
        if PRESENT not in text:
            raise AssertionError(f"{settings} has no {PRESENT!r}")
        settings.write_text(text.replace(PRESENT, OTHER))
        begun, used = perf_counter(), _used()
        found = what_if(project, runs, Candidate("present", present), Candidate("candidate", other))
        took, each = perf_counter() - begun, (_used() - used) / LANES
    print(f"\nwhat if {OTHER!r}, over {RUNS:,} recorded payments; load {os.getloadavg()[0]:.1f}\n")
    print(f"  {found['flip']:,} flip, {found['unknown']:,} unknown, {found['same']:,} the same, in {took:.1f} s")
    print(f"  {each:.1f} s of processor time in each of {LANES} lanes, which are processes of their own")
    if not found["flip"] or found["unknown"]:
        raise AssertionError("the lanes did not decide as they should")
    what = f"of a what-if over {RUNS:,} events"
    checks = [
        Check(f"seconds {what}", took, SECONDS),
        Check(f"seconds of processor time of a lane {what}", each, SECONDS),
    ]
    show(checks)
    return checks


def _used() -> float:
    """The seconds of processor time of the lanes that have ended."""
    times = os.times()
    return times.children_user + times.children_system


def _runs() -> Iterator[Run]:
    for number in range(RUNS):
        yield _run(number, AMOUNTS[number % len(AMOUNTS)], RISKS[number // len(AMOUNTS) % len(RISKS)])


def _run(number: int, amount: int, risk: str) -> Run:
    at, id = BEGIN + number, f"stripe:evt_{number}"
    named = {"charge": f"ch_{number}", "customer": f"cus_{number}", "review": f"prv_{number}"}
    data = {**PaymentSucceeded.example, **named}
    entities = [f"stripe:{kind}/{value}" for kind, value in named.items()]
    event = {
        "id": id,
        "source": "webhook.stripe",
        "type": "payment.succeeded",
        "subject": entities[0],
        "time": rfc3339(at),
        "receivedat": rfc3339(at),
        "entities": entities,
        "correlationid": id,
        "data": data,
        "dataschema": "payment.succeeded/1",
        "raw": {"type": "charge.succeeded", "body": {}},
        "causationid": None,
        "hops": 0,
        "specversion": "1.0",
    }
    record = {"v": 1, "kind": "run", "at": rfc3339(at), "agent": "fraud", "event": event, "ended": rfc3339(at + 1)}
    charge = {"id": named["charge"], "amount": amount, "currency": "usd", "created": at, "paid": True, "captured": True}
    card = {"card": {"country": "US", "fingerprint": "fp"}}
    answer = {**charge, "refunded": False, "disputed": False, "payment_method_details": card}
    past = [_earlier(data, at - days * DAY, days) for days in range(1, 6)]
    read = {"entity": entities[1], "limit": 200, "type": "payment.succeeded"}
    calls = (
        _call(id, at + 0.1, "stripe", "charge.retrieve", {"charge": named["charge"]}, entities[0])
        | {"answer": {**answer, "outcome": {"risk_level": risk}}},
        _call(id, at + 0.2, "context", "timeline.read", read, entities[1]) | {"answer": {"entries": past}},
        _call(id, at + 0.3, "stripe", "review.approve", {"review": named["review"]}, entities[2])
        | {"answer": {"id": named["review"]}, "operation_kind": "effect"},
    )
    return Run({**record, "outcomes": [], "published": [], "error": None, "decisions": []}, calls)


def _earlier(data: dict[str, Any], at: int, number: int) -> dict[str, Any]:
    changed = {**data, "charge": f"ch_earlier_{number}", "amount": 1_000 * (1 + number % 2), "created": at}
    return {"id": f"x{number}", "time": rfc3339(at), "type": "payment.succeeded", "data": changed}


def _call(id: str, at: float, connector: str, operation: str, arguments: dict[str, Any], entity: str) -> dict[str, Any]:
    """A recorded read, without its answer."""
    return {
        "v": 1,
        "kind": "call",
        "at": rfc3339(at),
        "connector": connector,
        "operation": operation,
        "operation_kind": "read",
        "agent": "fraud",
        "correlation": id,
        "event": id,
        "entity": entity,
        "destination": "",
        "arguments": arguments,
        "decision": "permit",
        "policies": ["p"],
        "approved": False,
        "proposal": False,
        "milliseconds": 1,
        "digests": {},
        "usage": {},
    }
