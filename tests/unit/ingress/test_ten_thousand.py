"""Ten thousand deliveries at once, with everything going wrong that may: none lost, none twice."""

import json
import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.exceptions import ClientError

from functions.core.audit.records import Audit
from functions.core.events.bus import Bus
from functions.core.ingress.bodies import Bodies
from functions.core.ingress.builder import EventBuilder
from functions.core.ingress.claims import Claims
from functions.core.ingress.delivery import Delivery, RawEvent, Translation
from functions.core.ingress.outbox import Outbox, Spill
from functions.core.ingress.receive import Verifier
from functions.core.manifests.source import Reading, SourceManifest
from hookline.testing.signing import SCHEMES, sign

DELIVERIES = 10_000
NOW = 1_790_000_000.0
SECRET, URL = "whsec_test", "https://example.com/webhooks/stripe"
MANIFEST = SourceManifest(
    name="stripe",
    owner="o",
    documents="https://example.com",
    secret="s",
    signature=SCHEMES["stripe"],
    reading=Reading(type=["type"], id=["id"]),
)


class FlakyBus:
    """EventBridge that refuses one entry in ten."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - a test's dice
        self._lock = threading.Lock()
        self.taken: list[str] = []

    def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - boto3's name
        with self._lock:
            dice = self._random.random()
            if dice < 0.1:
                return {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "InternalFailure"}]}
            self.taken += [json.loads(entry["Detail"])["id"] for entry in Entries]
        return {"FailedEntryCount": 0, "Entries": [{}]}


class FlakyQueue:
    """An SQS queue that refuses every second message, so that the spill does not hide the bus' failures."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls = 0
        self.kept: list[str] = []

    def send_message(self, **message: Any) -> dict[str, Any]:
        with self._lock:
            self._calls += 1
            if self._calls % 2:
                raise ClientError({"Error": {"Code": "ServiceUnavailable", "Message": ""}}, "SendMessage")
            self.kept.append(json.loads(json.loads(message["MessageBody"])["Detail"])["id"])
        return {}


class Table:
    """The three operations of the delivery table that claims use, each atomic as DynamoDB's are."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.items: dict[str, dict[str, Any]] = {}

    def put_item(self, *, Item: dict[str, Any], ExpressionAttributeValues: dict[str, Any], **_: Any) -> None:  # noqa: N803
        with self._lock:
            there = self.items.get(Item["id"]["S"])
            now = float(ExpressionAttributeValues[":now"]["N"])
            if there and not (there["status"]["S"] == "claimed" and float(there["lease"]["N"]) < now):
                error = {"Error": {"Code": "ConditionalCheckFailedException", "Message": ""}, "Item": dict(there)}
                raise ClientError(error, "PutItem")
            self.items[Item["id"]["S"]] = dict(Item)

    def update_item(self, *, Key: dict[str, Any], **_: Any) -> None:  # noqa: N803 - boto3's names
        with self._lock:
            self.items[Key["id"]["S"]]["status"] = {"S": "published"}

    def delete_item(self, *, Key: dict[str, Any], **_: Any) -> None:  # noqa: N803 - boto3's name
        with self._lock:
            self.items.pop(Key["id"]["S"], None)


def translate(raw_event: RawEvent) -> Translation | None:
    return None


def deliveries() -> list[Delivery]:
    """A tenth duplicates, a tenth forged, in an order that brings copies together."""
    dice = random.Random(7)  # noqa: S311 - a test's dice
    made: list[Delivery] = []
    for number in range(DELIVERIES):
        kind = dice.random()
        if kind < 0.1 and made:
            made.append(made[-1])
            continue
        body = json.dumps({"id": f"evt_{number}", "type": "charge.updated"}).encode()
        secret = "whsec_forged" if kind > 0.9 else SECRET
        headers = sign("stripe", method="POST", url=URL, headers={}, body=body, secret=secret, now=NOW)
        made.append(Delivery("POST", URL, headers, body, "192.0.2.1"))
    return made


def test_ten_thousand_deliveries_with_duplicates_forgeries_and_a_failing_bus_lose_and_double_none() -> None:
    bus, queue, table = FlakyBus(11), FlakyQueue(), Table()

    def verifier() -> Verifier:
        """A fresh one for each delivery, as Lambda gives each of two at once an environment of its own."""
        audit = Audit("webhook.stripe", lambda entries: None, lambda: NOW, lambda: "id")
        bodies = Bodies(None, "bodies")
        outbox = Outbox(Claims(table, "t"), bodies, Bus(bus, "b"), Spill(queue, "q"), audit, lambda: NOW)
        builder = EventBuilder(MANIFEST, translate)
        return Verifier(
            builder,
            greeter=None,
            secrets=lambda look_again=False: {"current": SECRET},
            grant_key=lambda: "k" * 64,
            networks=lambda: None,
            bodies=bodies,
            outbox=outbox,
            audit=audit,
            clock=lambda: NOW,
        )

    def until_answered(delivery: Delivery) -> list[int]:
        """As a provider does: again while the answer is a 409 or a 503."""
        statuses = [verifier().receive(delivery).status]
        while statuses[-1] in (409, 503):
            statuses.append(verifier().receive(delivery).status)
        return statuses

    sent = deliveries()
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(until_answered, sent))

    good = {
        json.loads(delivery.body)["id"] for delivery, statuses in zip(sent, answers, strict=True) if statuses[-1] == 200
    }
    arrived = Counter(bus.taken + queue.kept)
    assert set(arrived) == {f"stripe:{id}" for id in good}, (
        "every accepted delivery is on the bus or in the spill queue"
    )
    assert set(arrived.values()) == {1}, "none is there twice"
    assert sum(statuses[-1] == 401 for statuses in answers) > DELIVERIES / 15, "forgeries are refused"
    assert any(503 in statuses for statuses in answers), "the bus and the queue did fail together"
    assert queue.kept, "and the spill queue did take over"
