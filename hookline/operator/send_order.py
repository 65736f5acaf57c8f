"""What `hookline send` sends: fixtures or own bodies, with changed fields, several times and at once."""

import importlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import find_spec

from functions.core.ingress.builder import Translate
from functions.core.ingress.reading import FORM, is_form
from functions.core.platform.detail_types import UNMAPPED
from functions.core.platform.errors import WebhookRejected
from hookline.local.generated_secrets import generate_secret
from hookline.local.sandbox import SandboxRefused
from hookline.local.stack import LocalStack
from hookline.operator import field_changes, known
from hookline.operator.errors import OperatorError
from hookline.operator.refusals import Refusals
from hookline.operator.running import running_stack
from hookline.operator.send import Posted, post, read_events, register_charge, signed_delivery
from hookline.operator.sent import remember
from hookline.testing import fixtures

# The charges of its sandbox are those that its events are about.
STRIPE = "stripe"


@dataclass(frozen=True)
class Order:
    """What to send to `source`: a fixture, or an own body `data`, with the headers of the fixture if one is named.

    `changes` are values of fields by their paths. It is sent `times` times, `concurrency` at once; with `fresh` each
    has new ids.
    """

    source: str
    fixture: str | None = None
    data: bytes | None = None
    changes: Mapping[str, str] = field(default_factory=dict)
    times: int = 1
    concurrency: int = 1
    fresh: bool = False

    @property
    def words(self) -> list[str]:
        """The arguments of `hookline send` that send its fixture once more."""
        changes = (word for path, value in self.changes.items() for word in ("--set", f"{path}={value}"))
        return [self.source, self.fixture or "", *changes]


@dataclass(frozen=True)
class Outgoing:
    """A delivery before it is signed."""

    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Sent:
    """The response to one delivery, and why the verifier refused it, from the audit trail."""

    posted: Posted
    refusal: Sequence[str] = ()


def outgoing(order: Order) -> Outgoing:
    """The delivery, with new ids where the fixture has placeholders; an own body is sent byte for byte.

    Raises UnknownName for an unknown source, fixture or field, and OperatorError for a value of the wrong type.
    """
    fixture = fixtures.load(order.source, order.fixture).fresh() if order.fixture or order.data is None else None
    if fixture is None:
        fixtures.names(order.source)  # raises an error for an unknown source
    body = fixture.body.encode() if fixture and order.data is None else order.data or b""
    headers = dict(fixture.headers) if fixture else {"content-type": _content_type(order.source, body)}
    if order.changes:
        body = _changed(order, body, headers)
    return Outgoing(headers, body)


def objections(order: Order, delivery: Outgoing) -> list[str]:
    """Why an own body is not what the provider would send; it can be sent all the same."""
    if order.data is None:
        return []
    manifest, found = known.source(order.source), []
    unsigned = [name for name in manifest.reading.unsigned_headers if name not in delivery.headers]
    if unsigned:
        names = " and ".join(unsigned)
        found.append(f"it has no {names}, which {order.source} sends: name a fixture too, to send its headers")
    # Signed here, so that only the body can be wrong.
    secret, now = generate_secret(manifest), time.time()
    url = f"https://hooks.example.com/webhooks/{order.source}"
    signed = signed_delivery(order.source, url, delivery.headers, delivery.body, secret.signs, now)
    try:
        events = read_events(order.source, signed, secret.verifies, now, translate=_translate(order.source))
    except WebhookRejected as error:
        return [*found, f"it is not what {order.source} sends: {error}"]
    for raw_type in dict.fromkeys(str((event.raw or {}).get("type")) for event in events if _is_unmapped(event.type)):
        found.append(f"its type {raw_type!r} is not translated: it becomes {order.source}.{UNMAPPED}")
    return found


def deliver(order: Order, sleep: Callable[[float], None] = time.sleep) -> Iterator[Sent]:
    """Send the order to the local stack, and yield each response in order. Raises OperatorError if it is not up."""
    first = outgoing(order)  # an error in what is to be sent needs no stack
    running = running_stack()
    if order.fixture and order.data is None:
        remember(running.state, order.source, order.words)
    refusals = Refusals(running, order.source, sleep)
    if order.concurrency == 1:
        for number in range(order.times):
            yield _sent(_post(running, order, first, number), refusals)
        return
    pool = ThreadPoolExecutor(order.concurrency)
    try:
        for posted in pool.map(lambda number: _post(running, order, first, number), range(order.times)):
            yield _sent(posted, refusals)
    finally:
        # After Ctrl-C nothing that has not begun is sent.
        pool.shutdown(cancel_futures=True)


def _post(running: LocalStack, order: Order, first: Outgoing, number: int) -> Posted:
    sent = outgoing(order) if order.fresh and number else first
    if order.source == STRIPE:
        with suppress(ValueError, SandboxRefused):  # a body that names no charge is sent too
            register_charge(running, json.loads(sent.body))
    return post(running, order.source, sent.body, headers=sent.headers)


def _sent(posted: Posted, refusals: Refusals) -> Sent:
    return Sent(posted, () if 200 <= posted.status < 300 else refusals.of(posted.body, posted.word))


def _content_type(source: str, body: bytes) -> str:
    if known.source(source).reading.form is None:
        return "application/json"
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return FORM
    return "application/json"


def _changed(order: Order, body: bytes, headers: Mapping[str, str]) -> bytes:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise OperatorError("--set changes the fields of JSON and of forms, and this body is not even text") from None
    if is_form(headers):
        packed = known.source(order.source).reading.form or ""
        return field_changes.changed_form(text, dict(order.changes), packed).encode()
    return field_changes.changed_json(text, dict(order.changes)).encode()


def _translate(source: str) -> Translate:
    module = f"functions.providers.{source}.translate"
    if not find_spec(module):
        return lambda raw_event: None
    translate: Translate = importlib.import_module(module).translate
    return translate


def _is_unmapped(detail_type: str) -> bool:
    return detail_type.rpartition(".")[2] == UNMAPPED
