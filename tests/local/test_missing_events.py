"""Missing events on the deployed local stack: Stripe's sandbox withholds deliveries, and none is lost."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from hookline.local.stack import LocalStack
from hookline.operator.missing_events import last_runs, reconcile
from hookline.operator.send import post, register_charge
from hookline.testing import fixtures

pytestmark = pytest.mark.local

SENT, WITHHELD_OF = 40, 20  # one of twenty is 5 %
HOUR = 3600


def event(fixture: str, at: int) -> dict[str, Any]:
    """A new event that Stripe sent at `at`."""
    made: dict[str, Any] = json.loads(fixtures.load("stripe", fixture).fresh().body)
    return {**made, "created": at}


def test_of_the_deliveries_of_which_stripe_withholds_one_in_twenty_none_is_lost(
    stack: LocalStack, records: Callable[..., list[dict[str, Any]]]
) -> None:
    """They are published once, say that no signed delivery brought them, and a later webhook is a duplicate."""
    start = int(time.time()) - HOUR
    events = [event("customer_created__unmapped", start + number) for number in range(SENT)]
    payment = event("charge_succeeded__ordinary", start)
    register_charge(stack, payment)
    events[0] = payment
    withheld = events[::WITHHELD_OF]
    # Of one more, Stripe never got our answer: it arrived, and is listed all the same.
    unanswered = events[1]
    pending = {one["id"] for one in (*withheld, unanswered)}
    put = [{**one, "pending_webhooks": int(one["id"] in pending)} for one in events]
    stack.sandboxes.control("POST", "/_sandbox/stripe/events", put)
    delivered = [one for one in events if one not in withheld]
    assert {post(stack, "stripe", json.dumps(one).encode()).status for one in delivered} == {200}

    dry = reconcile(stack, "stripe", start, dry=True)
    assert (dry["listed"], dry["arrived"], dry["lost"]) == (len(withheld) + 1, 1, len(withheld))
    found = reconcile(stack, "stripe", start, dry=False)
    assert {one["id"] for one in found["missing"]} == {f"stripe:{one['id']}" for one in withheld}
    assert {one["outcome"] for one in found["missing"]} == {"published"}
    assert (found["lost"], found["whole"], len(found["missing"])) == (0, True, SENT // WITHHELD_OF)
    again = reconcile(stack, "stripe", start, dry=False)
    assert (again["listed"], again["arrived"], again["missing"]) == (len(withheld) + 1, len(withheld) + 1, [])

    late = post(stack, "stripe", json.dumps(payment).encode())
    assert (late.status, late.word) == (200, "Duplicate")
    steps = records(payment["id"], "agent.fraud", "published", "payment.approved")
    (published,) = [one for one in steps if (one["identity"], one["kind"]) == ("webhook.stripe", "published")]
    assert (published["decision"], published["reason"]) == (
        "reconciled",
        "fetched by stripe:event.list: no signature",
    )
    assert last_runs(stack)["stripe"].whole
