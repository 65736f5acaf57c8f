"""Signs deliveries like a provider and posts them to the local stack."""

import http.client
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from functions.core.events.event import Event
from functions.core.ingress.builder import EventBuilder, FirstCopy, Translate
from functions.core.ingress.claims import FIRST
from functions.core.ingress.delivery import Unreadable
from functions.core.ingress.reading import items_of
from functions.core.platform.errors import UnreadableBody, WebhookRejected
from hookline.local.stack import LocalStack
from hookline.operator import known
from hookline.operator.errors import OperatorError
from hookline.testing.signing import prepare, sign, verify
from infra import naming

# Grants of events that are made to learn their ids; nothing accepts them.
UNUSED_KEY = "the key of grants that nothing accepts"

JSON = {"content-type": "application/json"}


@dataclass(frozen=True)
class Posted:
    """The response to a delivery, its status and body (`word`), and when the delivery was sent, in unix seconds.

    `events` are the ids of its events, if they are known, for `hookline audit show`.
    """

    status: int
    word: str
    sent: float
    events: tuple[str, ...] = ()


@dataclass(frozen=True)
class Signed:
    """A delivery as an HTTP request."""

    url: str
    headers: Mapping[str, str]
    body: bytes
    method: str = "POST"


def event_ids(source: str, delivery: Signed, secret: str, now: float, first: FirstCopy | None = None) -> list[str]:
    """The ids of a delivery's events; [] as for `events_of`."""
    return [event.id for event in events_of(source, delivery, secret, now, first)]


def events_of(source: str, delivery: Signed, secret: str, now: float, first: FirstCopy | None = None) -> list[Event]:
    """A delivery's events, as the verifier makes them; [] if it cannot be verified or read.

    The time of a digest's first copy, which only the verifier knows, is a part of some ids: `first` returns it. Without
    it they are not known.
    """
    try:
        return read_events(source, delivery, secret, now, first or _unknown)
    except WebhookRejected:
        return []


def read_events(
    source: str,
    delivery: Signed,
    secret: str,
    now: float,
    first: FirstCopy | None = None,
    translate: Translate = lambda raw_event: None,
) -> list[Event]:
    """The events that the verifier makes of a delivery, without those of its items that cannot be read.

    Raises WebhookRejected as the verifier does.
    """
    manifest = known.source(source)
    headers = {name.lower(): value for name, value in delivery.headers.items()}
    given = {"method": delivery.method, "url": delivery.url, "headers": headers, "body": delivery.body}
    verified = verify(source, **given, secrets=[secret], now=now)
    items = items_of(delivery.body, headers, manifest.reading, manifest.pings)
    real = [item for item in items if isinstance(item, Unreadable) or item.raw_type not in manifest.pings]
    read = EventBuilder(manifest, translate).read(real, verified, delivery.body, UNUSED_KEY, now, first)
    events = [item for item in read if isinstance(item, Event)]
    if not events and read:
        raise UnreadableBody("; ".join(item.reason for item in read if isinstance(item, Unreadable)))
    return events


def first_copies(running: LocalStack) -> FirstCopy:
    """Returns when the first copy of a digest came, from the delivery table of the verifiers, after their answer."""

    def first(id: str, window: int) -> int:
        key = {"id": {"S": f"{id}{FIRST}"}}
        dynamodb = running.client("dynamodb")
        found = dynamodb.get_item(TableName=naming.DELIVERIES_TABLE, Key=key, ConsistentRead=True).get("Item")
        return int(found["came"]["N"]) if found else _unknown(id, window)

    return first


def _unknown(id: str, window: int) -> int:
    raise UnreadableBody("when its first copy came is not known here")


def register_charge(running: LocalStack, event: Mapping[str, Any]) -> None:
    """Add the charge that an event is about to Stripe's sandbox, so that agents can read it there."""
    try:
        subject = event["data"]["object"]
        is_charge = subject["object"] == "charge"
    except (KeyError, TypeError):
        return  # not an event of Stripe: the verifier reports what is wrong
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
    """Post `body`, signed `age` seconds ago with the source's secret or `secret`; unsigned if not `signed`."""
    url = f"{running.url}/webhooks/{source}"
    if not signed:
        return send_request(Signed(url, headers, body))
    key, at = secret or running.signing_secret(source), time.time() - age
    delivery = signed_delivery(source, url, headers, body, key, at)
    posted = send_request(delivery)
    return replace(posted, events=tuple(event_ids(source, delivery, key, at, first_copies(running))))


def signed_delivery(source: str, url: str, headers: Mapping[str, str], body: bytes, secret: str, now: float) -> Signed:
    """A delivery as the provider sends it at `now`, in unix seconds."""
    url, body = prepare(source, url=url, body=body, secret=secret, now=now)
    made = sign(source, method="POST", url=url, headers=headers, body=body, secret=secret, now=now)
    return Signed(url, {**headers, **made}, body)


def send_request(delivery: Signed) -> Posted:
    """Send a delivery unchanged. Raises OperatorError if there is no response."""
    parts, sent = urlsplit(delivery.url), time.time()
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=60)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    try:
        connection.request(delivery.method, target, delivery.body, dict(delivery.headers))
        answer = connection.getresponse()
        word = answer.read().decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        raise OperatorError(f"{delivery.url} does not respond: {error}") from None
    finally:
        connection.close()
    return Posted(answer.status, word, sent)
