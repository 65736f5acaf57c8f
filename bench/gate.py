"""The gate on a warm connector: the CPU time that it adds to a bare call, and its requests to DynamoDB.

It is measured twice: alone, with AWS in memory; and with botocore, which serialises, signs and parses each request.
Neither includes the network: on AWS each request adds milliseconds of waiting.
"""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from random import random
from statistics import quantiles
from time import monotonic, process_time_ns, sleep, time
from typing import Any
from uuid import uuid4

import boto3
from aws_lambda_powertools.utilities.circuit_breaker.persistence import CircuitBreakerDynamoDBPersistence
from botocore.awsrequest import AWSResponse

from bench.checks import Check, show
from functions.agents.fraud.manifest import MANIFEST as FRAUD
from functions.core.audit.records import Audit, sqs_sender
from functions.core.authority.grants import Grant, mint
from functions.core.gate.breaker import RECOVERY_SECONDS, Breaker
from functions.core.gate.budgets import Budgets
from functions.core.gate.gate import Gate
from functions.core.gate.guarded import Guarded
from functions.core.gate.ledger import Ledger
from functions.core.gate.policy import policy_of
from functions.core.gate.request import Request
from functions.core.gate.retry import Retry
from functions.core.platform.log import log
from functions.providers.stripe.connector import MANIFEST as STRIPE

KEY = "a grant key of the bench, 32 characters or more"
CALLS, WARM_UP = 2_000, 200
MOST_MS = 5.0
CALLED = {"read": ("charge.retrieve", {"charge": "ch_1"}), "effect": ("review.approve", {"review": "prv_1"})}
MOST_REQUESTS = {"effect": 4, "read": 2}
ENTITIES = frozenset({"stripe:charge/ch_1", "stripe:review/prv_1"})
REGION, QUEUE = "eu-central-1", "https://sqs.eu-central-1.amazonaws.com/123456789012/audit.fifo"


def run() -> list[Check]:
    """Measure a read and an effect, print them with the bare call, and return the checks."""
    requests: Counter[str] = Counter()
    bare = _times(lambda: Bare().call(None, {}, None, 1.0))
    checks: list[Check] = []
    print("\nthe gate, warm: CPU time of a call in ms, without the network\n")
    print(f"  {'':22}{'p50':>9}{'p95':>9}   maximum of requests to DynamoDB")
    print(f"  {'bare call':22}{bare[0]:9.3f}{bare[1]:9.3f}")
    for kind, (operation, arguments) in CALLED.items():
        for how, make in GATES.items():
            gate = _gate(make, requests)  # a new gate has to read the state of the circuit breaker
            requests.clear()
            with quiet():
                _call(gate, operation, arguments)
            most = requests["dynamodb"]
            p50, p95 = _times(partial(_call, gate, operation, arguments))
            print(f"  {f'{kind}, {how}':22}{p50:9.3f}{p95:9.3f}   {most}")
        checks.append(Check(f"CPU milliseconds that the gate adds to a bare call, {kind}", p50 - bare[0], MOST_MS))
        checks.append(Check(f"maximum of requests to DynamoDB, {kind}", most, MOST_REQUESTS[kind]))
    show(checks)
    return checks


class Bare:
    """A provider that responds immediately."""

    def credential(self) -> str:
        return "bench"

    def call(self, operation: Any, arguments: Any, key: Any, seconds: float) -> dict[str, Any]:
        return {"id": "prv_1", "open": False}


def _gate(make: Callable[[str, Counter[str]], Any], requests: Counter[str]) -> Gate:
    dynamodb, sqs = (make(service, requests) for service in ("dynamodb", "sqs"))
    return Gate(
        STRIPE,
        {"fraud": FRAUD}.get,
        lambda agent, operation, entity, action, destination: policy_of(agent.name).decide(
            agent.name, STRIPE.name, operation, entity, action.arguments, destination
        ),
        lambda: [KEY],
        Guarded(STRIPE.name, Bare(), _breaker(dynamodb), Retry(monotonic, sleep, random)),
        Ledger(dynamodb, "ledger", lambda: str(uuid4())),
        Budgets(dynamodb, "budgets"),
        Audit(STRIPE.identity, sqs_sender(sqs, QUEUE, STRIPE.identity), time, lambda: str(uuid4())),
        time,
    )


def _breaker(dynamodb: Any) -> Callable[[str], Breaker]:
    states = CircuitBreakerDynamoDBPersistence("breakers", boto3_client=dynamodb)
    return lambda name: Breaker(name, states, RECOVERY_SECONDS, lambda move: None, time)


def _request(operation: str, arguments: dict[str, str]) -> Request:
    now = int(time())
    grant = mint(Grant("stripe:evt_1", "stripe:evt_1", ENTITIES, now, now + 60), KEY)
    asked = {"event": "stripe:evt_1", "correlation": "stripe:evt_1", "grant": grant, "deadline": now + 20}
    return Request.read({"operation": operation, "arguments": arguments, **asked})


def _call(gate: Gate, operation: str, arguments: dict[str, str]) -> object:
    return gate.handle(_request(operation, arguments), "fraud")


def _client(service: str, requests: Counter[str]) -> Any:
    """A client with immediate responses, as if nothing is claimed or reserved yet."""
    own = boto3.client(service, region_name=REGION, aws_access_key_id="bench", aws_secret_access_key="bench")  # noqa: S106 - an example value, no real secret

    def answer(request: Any, **_: Any) -> AWSResponse:
        requests[service] += 1
        return _Answer(json.dumps(_answer(json.loads(request.body))).encode())

    own.meta.events.register("before-send", answer)
    return own


class _InMemory:
    """The same client without botocore."""

    def __init__(self, service: str, requests: Counter[str]) -> None:
        self._service, self._requests = service, requests

    def __getattr__(self, operation: str) -> Callable[..., dict[str, Any]]:
        def call(**asked: Any) -> dict[str, Any]:
            self._requests[self._service] += 1
            return _answer(asked)

        return call


def _answer(asked: dict[str, Any]) -> dict[str, Any]:
    new = {name: {"SS": ["key"]} for name in asked.get("ExpressionAttributeNames", {}).values()}
    return {"Attributes": new} if asked.get("ReturnValues") == "ALL_NEW" else {}


class _Answer(AWSResponse):  # type: ignore[misc]  # botocore has no types
    def __init__(self, content: bytes) -> None:
        super().__init__("", 200, {}, None)
        self._content = content


def _times(call: Callable[[], object]) -> tuple[float, float]:
    """The median and the 95th percentile of a call's CPU time, in ms."""
    times = []
    with quiet():
        for number in range(CALLS + WARM_UP):
            start = process_time_ns()
            call()
            if number >= WARM_UP:
                times.append((process_time_ns() - start) / 1e6)
    cuts = quantiles(times, n=100)
    return cuts[49], cuts[94]


@contextmanager
def quiet() -> Iterator[None]:
    """Logs are written, as on Lambda, but not to this terminal."""
    handler: Any = log.registered_handler  # a StreamHandler, which Powertools' types do not say
    with open(os.devnull, "w") as nowhere:
        terminal = handler.setStream(nowhere)
        try:
            yield
        finally:
            handler.setStream(terminal)


GATES: Mapping[str, Callable[[str, Counter[str]], Any]] = {"with botocore": _client, "by itself": _InMemory}
