"""Signs deliveries as a provider would and posts them to the local stack."""

import http.client
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from functions.core.ingress.reading import raw_events
from functions.core.platform.errors import UnreadableBody
from hookline.local import stack
from hookline.local.stack import LocalStack
from hookline.operator import known
from hookline.operator.errors import OperatorError
from hookline.testing import fixtures
from hookline.testing.fixtures import Fixture
from hookline.testing.signing import prepare, sign

JSON = {"content-type": "application/json"}


@dataclass(frozen=True)
class Posted:
    """What came of a delivery: the answer's status and word, and when it was sent, in unix seconds.

    `events` are the ids of its events as far as they stand in the body: `hookline audit show` takes them.
    """

    status: int
    word: str
    sent: float
    events: tuple[str, ...] = ()


@dataclass(frozen=True)
class Signed:
    """A delivery as it goes over the wire."""

    url: str
    headers: Mapping[str, str]
    body: bytes
    method: str = "POST"


def post_fixture(source: str, name: str, times: int, fresh: bool) -> Iterator[Posted]:
    """Post a fixture, with fresh ids for this run, or with `fresh` for every post."""
    fixture = fixtures.load(source, name)
    running = stack.find()
    if running is None:
        raise OperatorError("the local stack is not up: run 'hookline up' first")
    sent = fixture
    for number in range(times):
        if fresh or number == 0:
            sent = fixture.fresh()
            if source == "stripe":
                introduce(running, json.loads(sent.body))
        posted = post(running, source, sent.body.encode(), headers=sent.headers)
        yield replace(posted, events=tuple(event_ids(sent)))


def event_ids(fixture: Fixture) -> list[str]:
    """The ids of a delivery's events where the provider's own ids name them, and not the delivery's or its digest."""
    headers = {name.lower(): value for name, value in fixture.headers.items()}
    try:
        read = raw_events(fixture.body.encode(), headers, known.source(fixture.source).reading)
    except UnreadableBody:
        return []
    return [f"{fixture.source}:{raw_event.id}" for raw_event in read if raw_event.id]


def introduce(running: LocalStack, event: Mapping[str, Any]) -> None:
    """Let Stripe's sandbox know the charge that an event is about, so that agents can look it up there."""
    try:
        subject = event["data"]["object"]
        is_charge = subject["object"] == "charge"
    except (KeyError, TypeError):
        return  # no event of Stripe's: the verifier says what it is
    if "stripe" not in running.live and is_charge:
        running.sandboxes.control("POST", "/_sandbox/stripe/charges", [subject])


def post(
    running: LocalStack,
    source: str,
    body: bytes,
    *,
    headers: Mapping[str, str] = JSON,
    secret: str | None = None,
    age: float = 0,
    signed: bool = True,
) -> Posted:
    """Post `body`, signed with the source's secret, or another, or not at all, as if `age` seconds ago."""
    url = f"{running.url}/webhooks/{source}"
    if not signed:
        return put_on_the_wire(Signed(url, headers, body))
    key = secret or running.signing_secret(source)
    return put_on_the_wire(signed_delivery(source, url, headers, body, key, time.time() - age))


def signed_delivery(source: str, url: str, headers: Mapping[str, str], body: bytes, secret: str, now: float) -> Signed:
    """A delivery as the provider would send it at `now`."""
    url, body = prepare(source, url=url, body=body, secret=secret, now=now)
    made = sign(source, method="POST", url=url, headers=headers, body=body, secret=secret, now=now)
    return Signed(url, {**headers, **made}, body)


def put_on_the_wire(delivery: Signed) -> Posted:
    """Send a delivery as it stands. Raises OperatorError where nobody answers."""
    parts, sent = urlsplit(delivery.url), time.time()
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=60)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    try:
        connection.request(delivery.method, target, delivery.body, dict(delivery.headers))
        answer = connection.getresponse()
        word = answer.read().decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        raise OperatorError(f"{delivery.url} does not answer: {error}") from None
    finally:
        connection.close()
    return Posted(answer.status, word, sent)
