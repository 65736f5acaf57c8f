"""An account in virtual time in which any process may die at any call: queues, Lambda, a bus and a provider.

The functions are the real ones, wired by their own `serve`; DynamoDB is moto's. A process here is an execution
environment of a function; everything that it does to the world is a call through `Process.io`, and each call is a
point at which a fault can strike.
"""

import heapq
import importlib
import io
import itertools
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import urllib3
from botocore.exceptions import ClientError, ReadTimeoutError

from functions.core.events import catalogue
from functions.core.gate.outbound import provider
from functions.core.gate.serve import serve_connector
from functions.core.manifests.agent import AgentManifest
from functions.core.manifests.connector import ConnectorManifest
from functions.core.platform.backoff import TRIES
from functions.core.platform.environment import AgentEnvironment, ConnectorEnvironment, Environment, RecorderEnvironment
from functions.core.platform.identities import function_name
from functions.core.runtime.serve import serve
from tests.simulation.provider import Provider

START = 1_790_000_000.0
CALL_SECONDS = 0.01  # what a call takes
BEYOND_SECONDS = 10  # what the agent's timeout leaves beyond its budget's seconds, as infra deploys it
HIDDEN_SECONDS = 6  # times its consumer's timeout, a message that was received stays hidden
RECORDER_SECONDS = 30
TRIES_IN_ORDER = 100
DEDUPLICATED_SECONDS = 300  # a FIFO queue takes no second message of the same deduplication id for so long
STALL_SECONDS = 12

TABLES = {
    "idempotency": {"id": "S"},
    "ledger": {"key": "S"},
    "budgets": {"correlation": "S"},
    "breakers": {"id": "S"},
    "audit": {"chain": "S", "seq": "N"},
    "heads": {"chain": "S"},
}


class Died(BaseException):
    """A process is gone. No `except Exception` outlives it."""


class Clock:
    """Unix seconds that pass only where somebody lets them; `later` is what is to happen on its own by then."""

    def __init__(self) -> None:
        self.now = START
        self._later: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()

    def __call__(self) -> float:
        return self.now

    def at(self, time: float, act: Callable[[], None]) -> None:
        heapq.heappush(self._later, (time, next(self._order), act))

    def wait(self, seconds: float) -> None:
        until = self.now + seconds
        while self._later and self._later[0][0] <= until:
            self.now, _, act = heapq.heappop(self._later)
            act()
        self.now = until


@dataclass
class Message:
    """A message in a queue; `sender` is the function that sent it."""

    id: str
    body: str
    sent: float
    sender: str = ""
    group: str = ""
    visible: float = 0.0
    received: int = 0
    told: Mapping[str, Any] = field(default_factory=dict)


class Queue:
    """A queue as SQS keeps one, FIFO where messages have groups, with its dead letters."""

    def __init__(self, name: str, clock: Clock, hidden: float, tries: int) -> None:
        self.name = name
        self.messages: list[Message] = []
        self.taken: list[str] = []
        self.dead: list[str] = []
        self._clock = clock
        self._hidden = hidden
        self._tries = tries
        self._numbers = itertools.count()
        self._seen: dict[str, float] = {}

    def send(
        self,
        body: str,
        sender: str = "",
        group: str = "",
        deduplication: str = "",
        told: Mapping[str, Any] | None = None,
        delay: float = 0.0,
    ) -> None:
        now = self._clock()
        if deduplication and now - self._seen.get(deduplication, float("-inf")) < DEDUPLICATED_SECONDS:
            return
        self._seen[deduplication] = now
        self.taken.append(body)
        own = f"{self.name}-{next(self._numbers)}"
        self.messages.append(Message(own, body, now, sender, group, now + delay, told=told or {}))

    def due(self) -> float | None:
        """When the next message is to be seen, None where the queue is empty."""
        heads: dict[str, float] = {}
        for message in self.messages:
            key = message.group or message.id
            heads[key] = max(heads.get(key, 0.0), message.visible) if message.group else message.visible
        return min(heads.values(), default=None)

    def receive(self, most: int) -> list[Message]:
        """Up to `most` messages that are to be seen, hidden from now on; none of a group that has one in flight."""
        now = self._clock()
        held = {message.group for message in self.messages if message.group and message.visible > now}
        taken = [m for m in self.messages if m.visible <= now and m.group not in held][:most]
        for message in taken:
            message.received += 1
            message.visible = now + self._hidden
            if message.received > self._tries:
                self.dead.append(message.body)
                self.messages.remove(message)
        return [message for message in taken if message in self.messages]

    def delete(self, ids: set[str]) -> None:
        self.messages = [message for message in self.messages if message.id not in ids]

    def hide(self, id: str, seconds: float) -> None:
        for message in self.messages:
            if message.id == id:
                message.visible = self._clock() + seconds


class Process:
    """An execution environment of a function: once dead, nothing that it still tries reaches anything."""

    def __init__(self, account: "Account", name: str) -> None:
        self.account = account
        self.name = name
        self.ends = float("inf")
        self.alive = True
        self.handler: Callable[[Any, Any], Any] = lambda payload, context: None
        self._enter = account.new_memory()

    def die(self) -> None:
        self.alive = False
        raise Died(self.name)

    def invoke(self, payload: Any, seconds: float, arn: str = "") -> Any:
        """Run the handler, for `seconds` at most."""
        clock = self.account.clock
        self._enter()
        self.ends = clock() + seconds
        context = SimpleNamespace(
            function_name=self.name,
            memory_limit_in_mb=256,
            invoked_function_arn=arn,
            aws_request_id="request",
            get_remaining_time_in_millis=lambda: int((self.ends - clock()) * 1000),
        )
        return self.handler(payload, context)

    def io(self, label: str, call: Callable[[], Any], sent: Callable[[str], Any] | None = None) -> Any:
        """Do `call`, a point named `label`, and let the fault strike that is planned for it.

        `sent` is what comes of a request to the provider that it treats in the way of that name.
        """
        account = self.account
        account.clock.wait(CALL_SECONDS)
        if not self.alive or account.clock() > self.ends:
            self.die()
        fault = account.strike(f"{self.name}: {label}")
        if fault == "dies as it is sent" and sent:
            sent("abandoned")
        if fault in ("dies before", "dies as it is sent"):
            self.die()
        if fault == "refused":
            raise _refused(label)
        if fault == "stalls":
            account.clock.wait(STALL_SECONDS)
        if fault == "a copy before":
            account.copy()
            self._enter()
        if not self.alive or account.clock() > self.ends:
            self.die()
        try:
            return sent(fault) if sent and fault in WAYS else call()
        finally:
            if fault == "dies after" or account.clock() > self.ends:
                self.die()
            if fault == "a copy after":
                account.copy()
                self._enter()
            if fault == "answer lost":
                raise _lost(label)


# What can strike at a point; and at a request that changes something at the provider.
ANYWHERE = ("dies before", "dies after", "a copy before", "a copy after")
ERRORS = ("refused", "answer lost", "stalls")
WAYS = ("late", "fails", "acts and fails")
AT_THE_PROVIDER = (*WAYS, "dies as it is sent")


def _refused(label: str) -> Exception:
    if label.startswith("provider"):
        return urllib3.exceptions.NewConnectionError(None, "refused")  # type: ignore[arg-type]  # nobody reads the pool
    return ClientError({"Error": {"Code": "ServiceUnavailable", "Message": "refused"}}, label)


def _lost(label: str) -> Exception:
    if label.startswith("provider"):
        return urllib3.exceptions.ProtocolError("the connection broke")
    return ReadTimeoutError(endpoint_url=label)


class Client:
    """A client of `service` in the hands of a process: every call is a point."""

    def __init__(self, process: Process, service: str, target: Any) -> None:
        self._process = process
        self._service = service
        self._target = target
        # Powertools registers itself with each client that it gets; here they are all one, which would pile up.
        self.meta = SimpleNamespace(events=SimpleNamespace(register=lambda *_: None))

    def __getattr__(self, method: str) -> Callable[..., Any]:
        def call(**arguments: Any) -> Any:
            label = f"{self._service} {method} {_place(arguments)}".strip()
            return self._process.io(label, lambda: getattr(self._target, method)(**arguments))

        return call


def _place(arguments: dict[str, Any]) -> str:
    """What a call is about: the table, the queue or the function."""
    if "RequestItems" in arguments:
        return ", ".join(arguments["RequestItems"])
    named = next((arguments[name] for name in ("TableName", "QueueUrl", "FunctionName") if name in arguments), "")
    return named.rpartition("/")[2].rpartition("function:")[2]


class Pool:
    """The connection pool of a process to the provider."""

    def __init__(self, process: Process, provider: Provider) -> None:
        self._process = process
        self._provider = provider

    def request(self, method: str, url: str, *, timeout: urllib3.Timeout, **request: Any) -> Any:
        def sent(way: str = "") -> Any:
            return self._provider.request(method, url, way=way, seconds=timeout.total, **request)

        label = f"provider {method} {url.removeprefix('https://api.stripe.com').partition('?')[0]}"
        return self._process.io(label, sent, sent if method == "POST" else None)


class Sqs:
    """What the functions need of an SQS client, for one sender."""

    def __init__(self, queues: dict[str, Queue], sender: str) -> None:
        self._queues = queues
        self._sender = sender

    def send_message(
        self, QueueUrl: str, MessageBody: str, MessageAttributes: dict[str, dict[str, str]], DelaySeconds: int = 0
    ) -> None:
        if QueueUrl not in self._queues:
            reason = MessageAttributes["reason"]["StringValue"]
            self._queues[QueueUrl.removesuffix("-dead-letters")].dead.append(f"{reason}: {MessageBody}")
            return
        told = {
            name: {"dataType": value["DataType"], "stringValue": value["StringValue"]}
            for name, value in MessageAttributes.items()
        }
        self._queues[QueueUrl].send(MessageBody, self._sender, told=told, delay=DelaySeconds)

    def send_message_batch(self, QueueUrl: str, Entries: list[dict[str, str]]) -> dict[str, Any]:
        for entry in Entries:
            group, own = entry["MessageGroupId"], entry["MessageDeduplicationId"]
            self._queues[QueueUrl].send(entry["MessageBody"], self._sender, group, own)
        return {}

    def change_message_visibility(self, QueueUrl: str, ReceiptHandle: str, VisibilityTimeout: int) -> None:
        self._queues[QueueUrl].hide(ReceiptHandle, VisibilityTimeout)


@dataclass
class Account:
    """One agent, one connector and the recorder. `faults` says what strikes at which point, counted from 0."""

    agent: AgentManifest
    run_agent: Callable[..., Any]
    connector: ConnectorManifest
    dynamodb: Any
    new_memory: Callable[[], Callable[[], None]]  # makes what a process remembers of circuits, and enters it
    faults: dict[int, str] = field(default_factory=dict)
    records: bool = False  # whether the recorder runs

    def __post_init__(self) -> None:
        self.clock = Clock()
        self.provider = Provider(self.clock)
        self.points: list[str] = []
        self.published: list[dict[str, Any]] = []
        seconds = self.agent.budget.seconds + BEYOND_SECONDS
        self.inbox = Queue("inbox", self.clock, HIDDEN_SECONDS * seconds, TRIES)
        self.audit = Queue("audit.fifo", self.clock, HIDDEN_SECONDS * RECORDER_SECONDS, TRIES_IN_ORDER)
        self._queues = {queue.name: queue for queue in (self.inbox, self.audit)}
        self._idle: dict[str, list[Process]] = {"agent": [], "connector": [], "recorder": []}
        self._booting: Process | None = None
        self._body = ""
        self._poller = Process(self, "lambda")

    def client(self, service: str) -> Any:
        """The client that a process gets which is starting."""
        process = self._booting
        assert process is not None, "no process is starting"
        identity = {"agent": self.agent.identity, "connector": self.connector.identity}.get(process.name)
        targets = {
            "dynamodb": lambda: self.dynamodb,
            "events": lambda: SimpleNamespace(put_events=self._put_events),
            "lambda": lambda: SimpleNamespace(invoke=self._invoke_connector),
            "sqs": lambda: Sqs(self._queues, function_name(identity)),
        }
        return Client(process, service, targets[service]())

    def pool(self) -> Pool:
        """The connections to the provider of a process that is starting."""
        assert self._booting is not None, "no process is starting"
        return Pool(self._booting, self.provider)

    def strike(self, label: str) -> str:
        """The fault that is planned for the point that is reached now."""
        self.points.append(label)
        return self.faults.get(len(self.points) - 1, "")

    @property
    def trail(self) -> list[dict[str, Any]]:
        """Every record that the audit queue has taken."""
        return [json.loads(body) for body in self.audit.taken]

    def run(self, body: str) -> None:
        """Put a message into the agent's inbox and let the account work until nothing is left to do."""
        self._body = body
        self.inbox.send(body)
        for _ in range(1000):
            queues = [self.inbox, self.audit] if self.records else [self.inbox]
            due = [(time, number) for number, queue in enumerate(queues) if (time := queue.due()) is not None]
            if not due:
                self.clock.wait(24 * 3600)  # what the provider does late, it does by then
                return
            time, number = min(due)
            self.clock.wait(max(0.0, time - self.clock()))
            (self._wake_agent, self._wake_recorder)[number]()
        raise AssertionError("it never ends")

    def copy(self) -> None:
        """Deliver a second copy of the message, in this very moment."""
        self.inbox.send(self._body)
        self._wake_agent()

    def _wake_agent(self) -> None:
        for message in self.inbox.receive(1):
            seconds = self.agent.budget.seconds + BEYOND_SECONDS
            self._consume("agent", self.inbox, [message], seconds)

    def _wake_recorder(self) -> None:
        if messages := self.audit.receive(10):
            self._consume("recorder", self.audit, messages, RECORDER_SECONDS)

    def _consume(self, name: str, queue: Queue, messages: list[Message], seconds: float) -> None:
        """What Lambda's poller does: what the function does not call a failure is deleted."""
        process = self._environment(name)
        try:
            answer = process.invoke({"Records": [_record(message) for message in messages]}, seconds)
        except Died:
            return
        self._idle[name].append(process)
        failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
        if done := {message.id for message in messages} - failed:
            try:
                self._poller.io(f"sqs delete_message {queue.name}", lambda: queue.delete(done))
            except (Died, ClientError, ReadTimeoutError):
                self._poller.alive = True  # there are many

    def _invoke_connector(self, FunctionName: str, Payload: str) -> dict[str, Any]:
        process = self._environment("connector")
        try:
            answer = process.invoke(json.loads(Payload), self.connector.timeout, FunctionName)
        except Died:
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(b"{}")}
        except Exception as error:  # noqa: BLE001 - as Lambda does: the function failed, its environment lives on
            told = json.dumps({"errorType": type(error).__name__}).encode()
            self._idle["connector"].append(process)
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(told)}
        self._idle["connector"].append(process)
        return {"Payload": io.BytesIO(json.dumps(answer).encode())}

    def _put_events(self, Entries: list[dict[str, str]]) -> dict[str, Any]:
        self.published += [json.loads(entry["Detail"]) for entry in Entries]
        return {"FailedEntryCount": 0, "Entries": [{} for _ in Entries]}

    def _environment(self, name: str) -> Process:
        """One that is idle, or a new one."""
        if self._idle[name]:
            return self._idle[name].pop()
        process = self._booting = Process(self, name)
        process.handler = getattr(self, f"_boot_{name}")()
        self._booting = None
        return process

    def _boot_agent(self) -> Callable[[Any, Any], Any]:
        return serve(self.agent, self.run_agent, catalogue)

    def _boot_connector(self) -> Callable[[Any, Any], Any]:
        return serve_connector(self.connector, provider)

    def _boot_recorder(self) -> Callable[[Any, Any], Any]:
        name = "functions.core.audit.handlers.recorder"
        sys.modules.pop(name, None)
        return importlib.import_module(name).handler


def deployed(agent: AgentManifest) -> Iterator[Environment]:
    """What the functions are deployed with."""
    consumer = {"audit_queue_url": "audit.fifo", "queue_url": "inbox", "dead_letter_url": "inbox-dead-letters"}
    arn = f"arn:aws:lambda:us-east-1:111122223333:function:hookline-connector-{{connector}}:{agent.name}"
    yield AgentEnvironment(**consumer, agent=agent.name, bus="bus", idempotency_table="idempotency", connectors_arn=arn)
    tables = {"ledger_table": "ledger", "budgets_table": "budgets", "breakers_table": "breakers"}
    yield ConnectorEnvironment("audit.fifo", "stripe", "grants", credential="credential", **tables)
    yield RecorderEnvironment("audit", "heads")


def _record(message: Message) -> dict[str, Any]:
    return {
        "messageId": message.id,
        "receiptHandle": message.id,
        "body": message.body,
        "eventSource": "aws:sqs",
        "attributes": {
            "ApproximateReceiveCount": str(message.received),
            "SenderId": f"AROAEXAMPLE:{message.sender}",
            "SentTimestamp": str(int(message.sent * 1000)),
            "MessageGroupId": message.group,
        },
        "messageAttributes": dict(message.told),
    }
