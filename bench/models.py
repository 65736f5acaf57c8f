"""What the gate adds to a model call here: the time of a bare Converse call, and of the same through the whole gate.

DynamoDB and SQS are the local emulator's, Bedrock is the sandbox, each over HTTP on loopback. On AWS the requests take
longer, and so does the model: the figure shows what our own steps and their number of requests cost.
"""

import socket
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from random import random
from statistics import median, quantiles
from time import monotonic, perf_counter, sleep, thread_time, time
from typing import Any
from uuid import uuid4

import boto3
from aws_lambda_powertools.utilities.circuit_breaker.persistence import CircuitBreakerDynamoDBPersistence
from botocore.config import Config

from bench.checks import Check, show
from bench.gate import quiet
from functions.core.audit.records import Audit, sqs_sender
from functions.core.authority.grants import Grant, mint
from functions.core.gate.breaker import RECOVERY_SECONDS, Breaker
from functions.core.gate.budgets import Budgets
from functions.core.gate.gate import Gate
from functions.core.gate.guarded import Guarded
from functions.core.gate.metering import Prices
from functions.core.gate.policy import Policy
from functions.core.gate.request import Request
from functions.core.gate.retry import Retry
from functions.core.manifests.agent import AgentManifest, Budget, Subscription
from functions.providers.bedrock.connector import MANIFEST
from functions.providers.bedrock.operations import Bedrock
from functions.providers.bedrock.sandbox import SANDBOX
from hookline.local.emulator import start
from hookline.local.sandbox_server import SandboxServer

KEY = "a grant key of the bench, 32 characters or more"
CALLS, WARM_UP = 300, 30
MOST_MS = 25.0
MODELS = {
    "counted by its bytes": "amazon.nova-lite-v1:0",
    "counted by CountTokens": "us.anthropic.claude-haiku-4-5-20251001-v1:0",
}
PERMITS = Policy('@id("bench") permit (principal, action, resource);')
PROMPT = "A customer wrote: " + "please cancel my order. " * 200


def run() -> list[Check]:
    """Measure both kinds of models, print the times, and return the checks."""
    checks: list[Check] = []
    print(f"\na model call, warm: ms of {CALLS} calls in a row, on the local emulator and the sandbox\n")
    print(f"  {'':42}{'p50':>9}{'p95':>9}{'CPU p50':>9}")
    with tempfile.TemporaryDirectory() as state, SandboxServer([SANDBOX(time)]) as sandbox:
        emulator = start(Path(state), _free_port())
        try:
            _line("one request to DynamoDB", _times(_request(emulator.client("dynamodb"))))
            client = _bedrock(sandbox.urls["bedrock"])
            for how, model in MODELS.items():
                asked = _arguments(model)
                bare = _times(partial(client.converse, **asked))
                gate = _gate(model, client, emulator.client)
                through = _times(partial(_call, gate, asked))
                _line(f"bare, {how}", bare)
                _line(f"through the gate, {how}", through)
                added = through[1] - bare[1]
                checks.append(Check(f"ms that the gate adds to a model call (p95), {how}", added, MOST_MS))
        finally:
            emulator.stop()
    show(checks)
    return checks


def _arguments(model: str) -> dict[str, Any]:
    messages = [{"role": "user", "content": [{"text": PROMPT}]}]
    return {"modelId": model, "messages": messages, "inferenceConfig": {"maxTokens": 200}}


def _gate(model: str, bedrock: Any, client: Callable[[str], Any]) -> Gate:
    """The gate of the deployed connector for an agent with this model."""
    agent = AgentManifest(
        name="thinker",
        owner="bench",
        purpose="bench",
        subscribes=[Subscription("payment.succeeded", ["webhook.stripe"])],
        model=f"bedrock:{model}",
        budget=Budget(
            model_calls_per_event=10**6,
            model_calls_per_tree=10**6,
            tokens_per_event=10**9,
            tokens_per_tree=10**9,
            usd_per_event="1000",
            usd_per_tree="1000",
        ),
    )
    dynamodb, sqs = client("dynamodb"), client("sqs")
    tables = [_table(dynamodb, name) for name in ("budgets", "breakers")]
    queue = sqs.create_queue(QueueName=f"audit-{uuid4()}")["QueueUrl"]
    states = CircuitBreakerDynamoDBPersistence(tables[1], boto3_client=dynamodb)
    performer = Bedrock(Prices(MANIFEST), lambda seconds: bedrock)
    return Gate(
        MANIFEST,
        {"thinker": agent}.get,
        lambda agent, operation, entity, action, destination: PERMITS.decide(
            agent.name, MANIFEST.name, operation, entity, action.arguments, destination
        ),
        lambda: [KEY],
        Guarded(
            MANIFEST.name,
            performer,
            lambda name: Breaker(name, states, RECOVERY_SECONDS, lambda move: None, time),
            Retry(monotonic, sleep, random),
        ),
        None,
        Budgets(dynamodb, tables[0]),
        Audit(MANIFEST.identity, sqs_sender(sqs, queue, MANIFEST.identity), time, lambda: str(uuid4())),
        time,
        meter=performer,
        new_id=lambda: str(uuid4()),
    )


def _table(dynamodb: Any, name: str) -> str:
    created = f"{name}-{uuid4()}"
    dynamodb.create_table(
        TableName=created,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    return created


def _request(dynamodb: Any) -> Callable[[], object]:
    """A write: a call through the gate makes two, and sends two messages to SQS."""
    key, count = {"id": {"S": "one"}}, {":n": {"N": "1"}}
    asked = {"TableName": _table(dynamodb, "bare"), "Key": key, "UpdateExpression": "ADD calls :n"}
    return partial(dynamodb.update_item, **asked, ExpressionAttributeValues=count)


def _bedrock(url: str) -> Any:
    made_up = {"aws_access_key_id": "bench", "aws_secret_access_key": "bench"}  # valid for the sandbox only
    direct = Config(proxies={}, retries={"total_max_attempts": 1})
    return boto3.client("bedrock-runtime", region_name="us-east-1", endpoint_url=url, config=direct, **made_up)


def _call(gate: Gate, arguments: Mapping[str, Any]) -> object:
    now = int(time())
    grant = mint(Grant("stripe:evt_1", "stripe:evt_1", frozenset({"stripe:charge/ch_1"}), now, now + 60), KEY)
    asked = {"event": "stripe:evt_1", "correlation": "stripe:evt_1", "grant": grant, "deadline": now + 60}
    return gate.handle(Request.read({"operation": "converse", "arguments": dict(arguments), **asked}), "thinker")


def _times(call: Callable[[], object]) -> tuple[float, float, float]:
    """The median and the 95th percentile of a call's time, and the median of the CPU time of its thread, in ms."""
    times, cpu = [], []
    with quiet():
        for number in range(CALLS + WARM_UP):
            started, used = perf_counter(), thread_time()
            call()
            if number >= WARM_UP:
                times.append((perf_counter() - started) * 1000)
                cpu.append((thread_time() - used) * 1000)
    cuts = quantiles(times, n=100)
    return cuts[49], cuts[94], median(cpu)


def _line(what: str, times: tuple[float, float, float]) -> None:
    print(f"  {what:42}" + "".join(f"{one:9.2f}" for one in times))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
