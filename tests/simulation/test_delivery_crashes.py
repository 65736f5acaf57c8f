"""A delivery's whole way, from the provider's request to the effect: a death at any call loses and doubles nothing.

The provider sends again after each answer that is not a 200, and after none. A verifier that dies after it has
published publishes the same event again, under the same id: the agent handles it once.
"""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from hookline.simulation.account import Account
from hookline.simulation.faults import Died
from hookline.testing import fixtures
from hookline.testing.signing import sign
from infra import naming
from tests.simulation.provider import Provider
from tests.simulation.runs import records
from tests.simulation.scenarios import OUTAGE

pytestmark = pytest.mark.synth

VERIFIER, DRAIN = naming.verifier("stripe"), naming.service("drain")
AGENT, CONNECTOR = naming.agent(OUTAGE.name), naming.connector("stripe")
URL = "https://hooks.example.test/webhooks/stripe"
SEND_AGAIN = 20.0  # seconds
NUMBERS = itertools.count()


class Delivery:
    """A charge's delivery in an account of its own, with these faults by the number of the call."""

    def __init__(self, make_account: Any, faults: dict[int, str], bus_is_down: bool) -> None:
        number = next(NUMBERS)

        def fault_at(call: int, label: str) -> str:
            down = bus_is_down and label == f"{VERIFIER}: events put_events"
            return faults.get(call, "refused" if down else "")

        runs = {VERIFIER, DRAIN, AGENT, CONNECTOR}
        name = f"delivery-{number}"
        self.account: Account = make_account(name=name, credential=name, runs=runs, faults=fault_at)
        self.account.provider = self.provider = Provider(self.account.world)
        self.statuses: list[int] = []
        charge = fixtures.load("stripe", "charge_succeeded__ordinary").body
        self._body = charge.replace(fixtures.PLACEHOLDER, f"{number}x").encode()
        self.account.world.start(self._send)
        self.account.world.run()

    def _send(self) -> None:
        """As Stripe does, until it gets a 200."""
        now, http = self.account.clock(), {"method": "POST", "sourceIp": "3.18.12.63"}
        headers = sign("stripe", method="POST", url=URL, headers={}, body=self._body, secret="whsec_test", now=now)  # noqa: S106 - made up
        request = {"requestContext": {"http": http}, "headers": headers, "body": self._body.decode()}
        try:
            self.statuses.append(self.account.invoke(VERIFIER, request)["statusCode"])
        except Died:
            self.statuses.append(502)  # API Gateway's answer
        if self.statuses[-1] != 200:
            self.account.sleep(SEND_AGAIN)
            self._send()

    def wrong(self) -> list[str]:
        """Everything that is not as it must be."""
        names = (naming.SPILL_QUEUE, AGENT, f"{AGENT}-dead-letters", "hookline-spill-dead-letters.fifo")
        left = {name: bodies for name in names if (bodies := self.account.queues[name].bodies)}
        ids = {event["id"] for event in self.account.bus.published if event["source"] == "webhook.stripe"}
        held = {event["id"] for event in self.account.bus.published if event["type"] == "payment.held"}
        kinds = {record["kind"] for record in records(self.account) if record["identity"] == "webhook.stripe"}
        found = [f"left in {name}" for name in left]
        found += [] if self.provider.happened == ["refund"] else [f"at the provider: {self.provider.happened}"]
        found += [] if (len(ids), len(held)) == (1, 1) else [f"ids {ids}, children {held}"]
        return found + ([] if kinds & {"published", "spilled"} else [f"on the verifier's record: {kinds}"])


def deaths(calls: list[str]) -> Iterator[tuple[int, str]]:
    for number, label in enumerate(calls):
        if label.startswith((VERIFIER, DRAIN)):
            yield from ((number, fault) for fault in ("dies before", "dies after", "refused", "answer lost"))


@pytest.mark.parametrize("bus_is_down", [False, True], ids=["published", "spilled"])
def test_a_death_or_an_error_on_a_deliverys_way_loses_and_doubles_nothing(make_account, plant, bus_is_down):
    plant(OUTAGE)
    dry = Delivery(make_account, {}, bus_is_down)
    wrong = {"without a fault": dry.wrong()}
    for number, fault in deaths(dry.account.calls):
        wrong[f"{number} {dry.account.calls[number]}, {fault}"] = Delivery(
            make_account, {number: fault}, bus_is_down
        ).wrong()
    assert len(wrong) > 12
    assert {name: found for name, found in wrong.items() if found} == {}
