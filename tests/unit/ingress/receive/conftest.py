"""A verifier of Stripe's; its claims and bodies are in moto's AWS."""

import dataclasses
import json

import pytest

from functions.core.events.bus import Bus
from functions.core.ingress.bodies import Bodies
from functions.core.ingress.builder import EventBuilder
from functions.core.ingress.claims import Claims
from functions.core.ingress.delivery import Delivery, Translation
from functions.core.ingress.outbox import Outbox, Spill
from functions.core.ingress.receive import Verifier
from functions.core.ingress.translating import Fields, whole
from functions.providers.stripe.source import MANIFEST
from hookline.testing.signing import sign
from tests.unit.ingress.receive.deliveries import ADDRESS, BODY, CHARGE, SECRETS, URL


def translate(raw_event):
    """What this source's translation does: a charge.succeeded has its data ready, nothing else has a translation."""
    if raw_event.raw_type != "charge.succeeded":
        return None
    data = Fields(raw_event.body).part("data")
    data.need("amount", whole)
    return Translation("payment.succeeded", CHARGE, [CHARGE], raw_event.body["data"])


class SpillQueue:
    """An SQS client for the spill queue; `refuses` is an error to raise."""

    def __init__(self) -> None:
        self.sent: list[dict] = []
        self.refuses: Exception | None = None

    def send_message(self, **message: str) -> None:
        if self.refuses:
            raise self.refuses
        self.sent.append(message)


@pytest.fixture
def spill_queue() -> SpillQueue:
    return SpillQueue()


@pytest.fixture
def bodies(s3) -> Bodies:
    s3.create_bucket(Bucket="bodies")
    return Bodies(s3, "bodies")


@pytest.fixture
def claims(dynamodb, table, new_id) -> Claims:
    return Claims(dynamodb, table("deliveries"), new_id)


@pytest.fixture
def make_verifier(claims, bodies, eventbridge, spill_queue, make_audit, clock, grant_key):
    """A verifier of Stripe's with these parts changed; `manifest` changes fields of its manifest."""
    audit = make_audit("webhook.stripe")
    outbox = Outbox(claims, bodies, Bus(eventbridge, "bus"), Spill(spill_queue, "spill"), audit, clock)

    def make(manifest: dict | None = None, **parts) -> Verifier:
        builder = EventBuilder(dataclasses.replace(MANIFEST, **(manifest or {})), translate)
        given = {
            "builder": builder,
            "handshakes": None,
            "secrets": lambda refresh=False: SECRETS,
            "grant_key": lambda: grant_key,
            "networks": lambda: None,
            "bodies": bodies,
            "outbox": outbox,
            "audit": audit,
            "clock": clock,
        }
        return Verifier(**{**given, **parts})

    return make


@pytest.fixture
def signed(clock):
    """A delivery of these bytes, or of BODY with these fields, as Stripe would send it now."""

    def signed(body: bytes | None = None, secret: str = SECRETS["new"], headers: dict | None = None, **fields):
        content = json.dumps({**BODY, **fields}).encode() if body is None else body
        made = sign("stripe", method="POST", url=URL, headers={}, body=content, secret=secret, now=clock.now)
        lower = {name.lower(): value for name, value in {**made, **(headers or {})}.items()}
        return Delivery("POST", URL, lower, content, ADDRESS)

    return signed
