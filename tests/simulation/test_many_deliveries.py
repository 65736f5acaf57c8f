"""Two thousand deliveries, sixteen at a time, while the bus and the spill queue fail: none lost, none twice."""

import json
import random
from collections import Counter
from typing import Any

import pytest

from hookline.testing.signing import sign
from infra import naming
from tests.simulation.scenarios import START

pytestmark = pytest.mark.synth

DELIVERIES, SENDERS = 2_000, 16
VERIFIER, DRAIN = naming.verifier("stripe"), naming.service("drain")
SECRET, URL = "whsec_test", "https://{}.execute-api.REGION.amazonaws.com/webhooks/stripe"
RETRIED = (409, 503)
RETRY_AFTER = 5.0  # seconds, as the verifier answers


@pytest.fixture
def account(make_account):
    """The bus refuses one call in ten, and the spill queue every second, so that it does not hide the bus' failures."""
    chance = random.Random(11)  # noqa: S311 - the same in each run
    spilled = [0]

    def fault_at(number: int, label: str) -> str:
        if label.endswith("events put_events"):
            return "refused" if chance.random() < 0.1 else ""
        if label == f"{VERIFIER}: sqs send_message {naming.SPILL_QUEUE}":
            spilled[0] += 1
            return "refused" if spilled[0] % 2 else ""
        return ""

    return make_account(name="many-deliveries", runs={VERIFIER, DRAIN}, faults=fault_at)


def requests(url: str) -> list[dict[str, Any]]:
    """A tenth duplicates, a tenth forged, in an order that puts copies next to each other."""
    chance = random.Random(7)  # noqa: S311 - the same in each run
    made: list[dict[str, Any]] = []
    for number in range(DELIVERIES):
        kind = chance.random()
        if kind < 0.1 and made:
            made.append(made[-1])
            continue
        body = json.dumps({"id": f"evt_{number}", "type": "charge.updated", "created": int(START)}).encode()
        secret = "whsec_forged" if kind > 0.9 else SECRET
        headers = sign("stripe", method="POST", url=url, headers={}, body=body, secret=secret, now=START)
        http = {"method": "POST", "sourceIp": "3.18.12.63"}
        made.append({"requestContext": {"http": http}, "headers": headers, "body": body.decode()})
    return made


def test_two_thousand_deliveries_with_a_failing_bus_are_neither_lost_nor_doubled(account):
    sent, answers = requests(URL), {}
    waiting = list(enumerate(sent))[::-1]

    def send() -> None:
        """As a provider does: again, after the time that the answer names, while it is a 409 or a 503."""
        while waiting:
            number, request = waiting.pop()
            statuses = answers[number] = [account.invoke(VERIFIER, request)["statusCode"]]
            while statuses[-1] in RETRIED:
                account.sleep(RETRY_AFTER)
                statuses.append(account.invoke(VERIFIER, request)["statusCode"])

    for _ in range(SENDERS):
        account.world.start(send)
    account.world.run()

    accepted = {json.loads(sent[number]["body"])["id"] for number in answers if answers[number][-1] == 200}
    published = Counter(event["id"] for event in account.bus.published)
    assert set(published) == {f"stripe:{id}" for id in accepted}, "every accepted delivery is on the bus"
    assert set(published.values()) == {1}, "none is there twice"
    assert (account.queues[naming.SPILL_QUEUE].bodies, len(answers)) == ([], DELIVERIES)
    assert sum(statuses[-1] == 401 for statuses in answers.values()) > DELIVERIES / 15, "forgeries are refused"
    assert {status for statuses in answers.values() for status in statuses} == {200, 401, 409, 503}
    assert account.queues[naming.SPILL_QUEUE].accepted, "the spill queue accepted events, and the drain published them"
