"""Runs payments through the project's own functions in one simulated account, and counts what AWS would bill.

The handlers are the deployed ones, wired by the synthesized templates; the provider is its sandbox. Time is virtual.
"""

import json
import math
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit
from uuid import UUID

from functions.api.sandbox import Request
from functions.core.manifests.credentials import AwsRole
from functions.core.platform.in_lambda import SECRET_SECONDS
from functions.core.platform.log import log
from functions.core.platform.platform import Platform
from hookline.local.generated_secrets import generate_secret
from hookline.local.sandbox_providers import sandbox_providers
from hookline.operator import known
from hookline.operator.cost.bound import for_flow
from hookline.operator.cost.meter import Amounts, Meter, MeteredBus, MeteredDynamoDB, MeteredS3, MeteredSqs
from hookline.operator.errors import OperatorError
from hookline.simulation.account import Account, lambda_record
from hookline.simulation.aws_sandboxes import client_at
from hookline.simulation.bus import Bus
from hookline.simulation.powertools import powertools_on
from hookline.simulation.process import Process
from hookline.simulation.responses import Response
from hookline.simulation.tables import Tables
from hookline.simulation.wiring import Wiring
from hookline.testing import fixtures
from hookline.testing.signing import prepare, sign
from hookline.validation.discovery import discover
from infra import naming
from infra.templates import Deployed

START = 1_790_000_100.0  # after the times in the fixtures
URL = "https://hooks.example.test/webhooks/stripe"
SOURCE, FIXTURE = "stripe", "charge_succeeded__ordinary"
SIGNING_SECRET = "whsec_an-example"  # noqa: S105 - made up
GRANT_KEY = "a grant key of an estimate, 32 characters or more"
STRIPES_ADDRESS = "3.18.12.63"
RECORDER = naming.service("recorder")
OWN_SECONDS = 0.01  # assumed: a handler's own time; each of its calls adds the simulation's 10 ms
WINDOW = 5.0  # seconds: the batching window of the recorder's event source mappings
ARRIVING = 0.8  # the part of a window in which payments arrive, so that all of them end in it
RECORDING = 1.0  # second
APPROVED = "payment.approved"
RECEIVED = 10  # messages that one ReceiveMessage or DeleteMessageBatch takes
# What Lambda logs of an invocation, in text format: START, END and REPORT.
ID = "0" * 36
LAMBDA_LINES = (
    f"START RequestId: {ID} Version: $LATEST\n",
    f"END RequestId: {ID}\n",
    f"REPORT RequestId: {ID}\tDuration: 100.00 ms\tBilled Duration: 100 ms\tMemory Size: 512 MB\t"
    "Max Memory Used: 100 MB\t\n",
)
TRACE = f"Root=1-{'0' * 8}-{'0' * 24};Parent={'0' * 16};Sampled=0"
LINE_BYTES = 26  # that CloudWatch Logs adds to each line


class MeteredAccount(Account):
    """An account whose requests are counted in `meter`. The recorder runs when `record` is called."""

    def __init__(self, deployed: Deployed, wiring: Wiring, meter: Meter, **given: Any) -> None:
        self.meter = meter
        self._memory = {name: one.properties["MemorySize"] / 1024 for name, one in deployed.functions.items()}
        self._mappings = {one.function: one for one in wiring.mappings if one.function != RECORDER}
        self._batches = {one.queue: one.batch for one in wiring.mappings if one.function == RECORDER}
        self._tables = {table["TableName"]: table for table in wiring.tables}
        self._read: dict[tuple[int, str, str], float] = {}
        self.running: list[str] = []
        runs = [one.function for one in wiring.mappings if one.function != RECORDER]
        super().__init__(wiring, START, runs, **given)
        self.bus = Bus(wiring.rules, self._delivered)

    def _delivered(self, queue: str, body: str) -> None:
        self.meter.message("eventbridge", queue, len(body.encode()), grouped=False)
        self.queues[queue].send(body)

    def service(self, name: str, caller: Process) -> Any:
        """The service, with a meter before it."""
        if isinstance(self.provider, _Sandboxes) and name in self.provider.services:
            return client_at(name, self.provider.services[name].handle)
        target = super().service(name, caller)
        match name:
            case "s3":
                return MeteredS3(self.meter, caller.name)
            case "dynamodb":
                return MeteredDynamoDB(target, self._tables, self.meter, caller.name)
            case "events":
                return MeteredBus(target, self.meter, caller.name)
            case "sqs":
                return MeteredSqs(target, self.meter, caller.name)
        return target

    def platform(self, process: Process, environ: Mapping[str, str]) -> Platform:
        """The platform, whose secrets are read once in SECRET_SECONDS."""
        made = super().platform(process, environ)

        def secret(name: str, refresh: bool = False) -> str:
            last = self._read.get((id(process), process.name, name), float("-inf"))
            if refresh or self.world.now - last >= SECRET_SECONDS:
                self._read[id(process), process.name, name] = self.world.now
                self.meter.count("secrets.call", process.name, process.name)
            return made.secret(name)

        # As long and as random as the ids in Lambda: the trail is billed by its compressed size.
        return replace(made, secret=secret, new_id=lambda: str(UUID(int=self.random.getrandbits(128), version=4)))

    def invoke(self, function: str, payload: Any, *args: Any, **given: Any) -> Any:
        """Invoke a function, and count the invocation, its duration and its logs."""
        mapping = self._mappings.get(function)
        if mapping and isinstance(payload, dict) and "Records" in payload:
            self._polled(mapping.queue, payload["Records"])
        began = self.world.now
        self.running.append(function)
        try:
            return super().invoke(function, payload, *args, **given)
        finally:
            self.running.remove(function)
            seconds = self.world.now - began + OWN_SECONDS
            self.meter.count("lambda.request", function, function)
            self.meter.count("lambda.gb_second", function, function, seconds * self._memory[function])
            for line in LAMBDA_LINES:
                self.meter.count("logs.byte", function, function, len(line) + LINE_BYTES)

    def secrets_held(self) -> Mapping[str, int]:
        """How many secrets the execution environments hold, by function."""
        return Counter(who for _, who, _ in self._read)

    def _polled(self, queue: str, records: Sequence[Mapping[str, Any]]) -> None:
        """The requests of Lambda's pollers for a batch: what they receive, and what they delete."""
        grouped = bool(records and records[0]["attributes"]["MessageGroupId"])
        for start in range(0, len(records), RECEIVED):
            size = sum(len(one["body"].encode()) for one in records[start : start + RECEIVED])
            self.meter.message("lambda", queue, size, grouped)
            self.meter.message("lambda", queue, 0, grouped)

    def record(self) -> None:
        """Let the recorder handle everything that the audit queues hold, as after its batching window."""
        for queue, batch in self._batches.items():
            while messages := self.queues[queue].receive(batch):
                records = [lambda_record(message) for message in messages]
                self._polled(queue, records)
                failed = self.invoke(RECORDER, {"Records": records})["batchItemFailures"]
                if failed:
                    raise OperatorError(f"the recorder failed {len(failed)} messages of {queue}")
                self.queues[queue].delete([message.id for message in messages])


class _Sandboxes:
    """The sandboxes of the providers as the connectors meet them."""

    def __init__(self, account: Account) -> None:
        self._sandboxes = {name: sandbox(account.clock) for name, sandbox in sandbox_providers().items()}
        roles = {name: known.connector(name).credential for name in self._sandboxes}
        self.services = {
            role.service.lower(): self._sandboxes[name] for name, role in roles.items() if isinstance(role, AwsRole)
        }

    def add_charge(self, charge: Mapping[str, Any]) -> None:
        self.control(SOURCE, "charges", [charge])

    def control(self, provider: str, path: str, content: Any) -> None:
        self._sandboxes[provider].control("POST", path, json.dumps(content).encode())

    def request(self, method: str, url: str, **request: Any) -> Response:
        """Answer as urllib3 does; `request` has the headers, the body, and the caller's function."""
        headers, body = request["headers"], request["body"]
        parts = urlsplit(url)
        name = next(name for name in self._sandboxes if naming.connector(name) == request["caller"])
        lower = {name.lower(): value for name, value in headers.items()}
        made = self._sandboxes[name].handle(Request(method, parts.path, parts.query, lower, body or b""))
        return Response(made.status, made.body, made.headers)


class _LogStream:
    """Where the functions' log goes: it counts the lines of the function that runs."""

    def __init__(self, account: MeteredAccount) -> None:
        self._account = account

    def write(self, text: str) -> None:
        if text.strip():
            who = self._account.running[-1]
            self._account.meter.count("logs.byte", who, who, len(text.encode()) + LINE_BYTES)

    def flush(self) -> None:
        pass


@dataclass(frozen=True)
class Measured:
    """What payments use together: `payments` of them, in one batching window of the recorder."""

    payments: int
    amounts: Amounts


def alone(deployed: Deployed) -> Measured:
    """What the first payment uses, with cold starts and new chains. Raises OperatorError if it is not approved."""
    with _running(deployed) as (account, sandboxes):
        _pay(account, sandboxes, [0])
        return Measured(1, account.meter.taken())


def steady(deployed: Deployed, payments: int) -> Measured:
    """What `payments` use that arrive evenly within one window, after the windows before it have warmed up.

    Raises OperatorError if one of them is not approved.
    """
    with _running(deployed) as (account, sandboxes):
        _pay(account, sandboxes, range(payments))
        account.meter.taken()
        _pay(account, sandboxes, range(payments, 2 * payments))
        # Each execution environment reads its secrets again in SECRET_SECONDS, which are many windows.
        for who, reads in account.secrets_held().items():
            account.meter.count("secrets.call", who, who, reads * WINDOW / SECRET_SECONDS)
        return Measured(payments, account.meter.taken())


@dataclass(frozen=True)
class Webhook:
    """A delivery of `source`; `prepare` are control requests to the providers' sandboxes: provider, path and JSON."""

    source: str
    body: str
    headers: Mapping[str, str]
    prepare: Sequence[tuple[str, str, Any]] = ()


def of_webhooks(deployed: Deployed, webhooks: Sequence[Webhook], flow: str = "") -> Measured:
    """What the second half of `webhooks` use, each in a batching window of the recorder, after the first half.

    With `flow`, of the agents that belong to a flow only those of this one are there, and destinations are bound.
    Raises OperatorError if a verifier refuses one, if one leads to a dead letter, or if an event waits at the end.
    """
    secrets = {one.source: generate_secret(known.source(one.source)) for one in webhooks}
    half = len(webhooks) // 2
    wiring = Wiring.of(deployed)
    wiring = for_flow(wiring, discover(), flow) if flow else wiring
    with _running(deployed, {name: one.verifies for name, one in secrets.items()}, wiring) as (account, sandboxes):
        for place, webhook in enumerate(webhooks):
            if place == half:
                account.meter.taken()
            ends = account.world.now + WINDOW
            account.world.start(partial(_send, account, sandboxes, webhook, secrets[webhook.source].signs))
            account.world.run(ends)
            account.world.start(account.record)
            account.world.run(ends + RECORDING)
        dead = [name for name, queue in account.queues.items() if naming.is_dead_letters(name) and queue.bodies]
        if dead:
            raise OperatorError(f"deliveries led to dead letters in {', '.join(dead)}")
        waits = [
            one.queue
            for one in wiring.mappings
            if one.function != RECORDER and any(not it.later for it in account.queues[one.queue].messages.values())
        ]
        if flow and waits:
            raise OperatorError(f"after {WINDOW:g} s, events still wait in {', '.join(waits)}")
        return Measured(len(webhooks) - half, account.meter.taken())


def _send(account: MeteredAccount, sandboxes: _Sandboxes, webhook: Webhook, secret: str) -> None:
    for provider, path, content in webhook.prepare:
        sandboxes.control(provider, path, content)
    body, headers = webhook.body.encode(), {name.lower(): value for name, value in webhook.headers.items()}
    url, body = prepare(webhook.source, url=URL, body=body, secret=secret, now=account.clock())
    signed = {"method": "POST", "url": url, "headers": headers, "body": body, "secret": secret}
    headers |= sign(webhook.source, **signed, now=account.clock())
    http = {"method": "POST", "sourceIp": STRIPES_ADDRESS}
    account.meter.count("api.request", "provider", naming.verifier(webhook.source), math.ceil(len(body) / (512 * 1024)))
    request = {"requestContext": {"http": http}, "headers": headers, "body": body.decode()}
    answer = account.invoke(naming.verifier(webhook.source), request)
    if answer["statusCode"] != 200:
        raise OperatorError(f"the verifier answered {answer['statusCode']}: {answer.get('body', '')}")


@contextmanager
def _running(
    deployed: Deployed,
    signing: Mapping[str, str] = MappingProxyType({SOURCE: SIGNING_SECRET}),
    wiring: Wiring | None = None,
) -> Iterator[tuple[MeteredAccount, _Sandboxes]]:
    wiring = wiring or Wiring.of(deployed)
    secrets = {
        naming.GRANT_KEY: GRANT_KEY,
        **{naming.signing_secret(source): secret for source, secret in signing.items()},
        **{naming.credential(name): one.credential for name, one in sandbox_providers().items()},
    }
    account = MeteredAccount(deployed, wiring, Meter(), dynamodb=Tables(wiring.tables), secrets=secrets)
    account.provider = sandboxes = _Sandboxes(account)
    with powertools_on(lambda: account.clock()), _logging_to(_LogStream(account)):
        yield account, sandboxes
        account.world.end()


def _pay(account: MeteredAccount, sandboxes: _Sandboxes, numbers: Sequence[int]) -> None:
    """Let payments arrive in one window, and the recorder handle their records at its end."""
    before, ends = _approved(account), account.world.now + WINDOW
    for place, number in enumerate(numbers):
        account.world.start(partial(_deliver, account, sandboxes, number, place * WINDOW * ARRIVING / len(numbers)))
    account.world.run(ends)
    account.world.start(account.record)
    account.world.run(ends + RECORDING)
    approved = _approved(account) - before
    left = {name: len(queue.bodies) for name, queue in account.queues.items() if queue.bodies}
    if approved != len(numbers) or left:
        raise OperatorError(f"{approved} of {len(numbers)} payments were approved; messages left: {left or 'none'}")


def _approved(account: MeteredAccount) -> int:
    return sum(event["type"] == APPROVED for event in account.bus.published)


def _deliver(account: MeteredAccount, sandboxes: _Sandboxes, number: int, after: float) -> None:
    account.world.sleep(after)
    body = fixtures.load(SOURCE, FIXTURE).body.replace(fixtures.PLACEHOLDER, f"{number:016x}")
    body = body.replace('"livemode": false', '"livemode": true')  # the policy is about live entities
    sandboxes.add_charge(json.loads(body)["data"]["object"])
    now = account.clock()
    headers = sign(SOURCE, method="POST", url=URL, headers={}, body=body.encode(), secret=SIGNING_SECRET, now=now)
    http = {"method": "POST", "sourceIp": STRIPES_ADDRESS}
    account.meter.count("api.request", "provider", naming.verifier(SOURCE), math.ceil(len(body) / (512 * 1024)))
    answer = account.invoke(
        naming.verifier(SOURCE), {"requestContext": {"http": http}, "headers": headers, "body": body}
    )
    if answer["statusCode"] != 200:
        raise OperatorError(f"the verifier answered {answer['statusCode']}: {answer.get('body', '')}")


@contextmanager
def _logging_to(stream: _LogStream) -> Iterator[None]:
    handler, level = log.registered_handler, log.log_level
    before = handler.setStream(stream)  # type: ignore[attr-defined]  # Powertools' is a StreamHandler
    log.setLevel("INFO")
    try:
        # Metrics are printed as lines of the log; Powertools logs the id of the trace, which Lambda always sets.
        with (
            redirect_stdout(stream),  # type: ignore[type-var]  # nothing but its write is called
            patch.dict(os.environ, _X_AMZN_TRACE_ID=TRACE),
        ):
            yield
    finally:
        handler.setStream(before)  # type: ignore[attr-defined]  # as above
        log.setLevel(level)
