"""Handled events come again from the archive: the agent runs again, and nothing happens a second time."""

import json
from collections import Counter
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs

import pytest

from functions.core.runtime.consume import REPLAY
from hookline.operator.replay import forget
from infra import naming
from tests.simulation.provider import Answer
from tests.simulation.runs import records
from tests.simulation.scenarios import OUTAGE, payment

pytestmark = pytest.mark.synth

AGENT, CONNECTOR = naming.agent(OUTAGE.name), naming.connector("stripe")
EVENTS, ENVIRONMENTS = 20, 4


class Provider:
    """Counts the refunds of each charge; it forgets idempotency keys, as a provider does after a while."""

    def __init__(self) -> None:
        self.refunds: Counter[str] = Counter()

    def request(self, method: str, url: str, *, body: bytes | None, **_: Any) -> Answer:
        form = parse_qs((body or b"").decode())
        self.refunds.update(form.get("charge", ()))
        return Answer(200, {"id": url.rpartition("/")[2]})


def test_replaying_handled_events_makes_no_effect_and_is_marked_on_record(make_account, plant, dynamodb):
    """Their memory is forgotten as the operator's command does it; the ledger holds what was done."""
    plant(OUTAGE)
    account = make_account(name="replays", runs={AGENT, CONNECTOR}, at_once={AGENT: ENVIRONMENTS})
    account.provider = provider = Provider()
    events = [payment(f"evt_replayed_{number}", charge=f"ch_{number}") for number in range(EVENTS)]
    account.world.start(lambda: [account.publish(event.to_entry(naming.BUS)) for event in events])
    account.world.run(ended=lambda: account.quiet)
    once = Counter({f"ch_{number}": 1 for number in range(EVENTS)})
    assert provider.refunds == once
    queue = account.queues[AGENT]

    forget(SimpleNamespace(client=lambda service: dynamodb), OUTAGE.name, [event.id for event in events])
    again = [
        {"source": event.source, "detail-type": event.type, "detail": event.__dict__, REPLAY: "replay-1"}
        for event in events
    ]
    account.world.start(lambda: [queue.send(json.dumps(one)) for one in again])
    account.world.run(ended=lambda: account.quiet)
    assert provider.refunds == once
    assert (queue.bodies, account.queues[f"{AGENT}-dead-letters"].bodies) == ([], [])
    kinds = Counter(one["kind"] for one in records(account))
    each = ("attempted", "effected", "replayed", "repeated")
    assert {kind: kinds[kind] for kind in each} == dict.fromkeys(each, EVENTS)
    assert (kinds["decided"], kinds["duplicate"]) == (2 * EVENTS, 0)
