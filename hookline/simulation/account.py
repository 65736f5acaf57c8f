"""One account in virtual time: the real handlers, wired as the templates say, with queues, a bus, Lambda and moto.

IAM is not simulated, nor is API Gateway: a delivery is handed to its verifier. Of S3 and EventBridge Scheduler there is
what stores an object, and what sends one message to a queue. What it shows about
crashes and outages holds for our code and its order of calls, not for AWS's services, which are models here.
"""

import io
import itertools
import json
import random
import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache, partial
from importlib import import_module
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError

from functions.core.platform.environment import Started
from functions.core.platform.errors import ConfigurationError
from functions.core.platform.platform import Handler, Platform
from functions.core.platform.times import Clock
from hookline.simulation.bus import Bus
from hookline.simulation.faults import Died, Faults, refused
from hookline.simulation.process import Pool, Process, Provider
from hookline.simulation.queues import Message, Queue, Sqs
from hookline.simulation.recursion import Lineage, invoked, merged
from hookline.simulation.wiring import FunctionSpec, MappingSpec, QueueSpec, Wiring
from hookline.simulation.world import World

MOST_AT_ONCE = 1000  # executions of a function


class Account:
    """An account whose functions named in `runs` run; messages for the others stay in their queues.

    `dynamodb` is a client, with the tables of the wiring. `secrets` are read by name, each time. `faults` plans the
    faults. `at_once` limits the executions of a function. `name` is part of each id: accounts that share tables need
    different names.
    """

    def __init__(
        self,
        wiring: Wiring,
        now: float,
        runs: Collection[str],
        dynamodb: Any,
        secrets: Mapping[str, str],
        faults: Faults = lambda number, label: "",
        at_once: Mapping[str, int] | None = None,
        name: str = "account",
    ) -> None:
        self.world = World(now, self._resumed)
        self.provider: Provider = NoProvider()  # the one that connectors call
        self.calls: list[str] = []  # the label of each call of a process
        self.queues = _queues(wiring.queues, self.world, name)
        self.bus = Bus(wiring.rules, lambda queue, body: self.queues[queue].send(body))
        self.objects: dict[str, bytes] = {}  # of S3, by key
        self.schedules: set[str] = set()  # the names of those that are to come
        self.random = random.Random(1)  # noqa: S311 - jitter, the same in each run
        self._functions = {function.name: function for function in wiring.functions}
        self._dynamodb = dynamodb
        self._secrets = secrets
        self._faults = faults
        self._name = name
        self._idle: dict[str, list[Process]] = defaultdict(list)
        self._ids = itertools.count(1)
        self._own = threading.local()
        limits = at_once or {}
        self._pollers = {
            one.queue: _Poller(self, one, limits.get(one.function, MOST_AT_ONCE))
            for one in wiring.mappings
            if one.function in runs
        }
        self._copy = ("", "")

    @property
    def clock(self) -> Clock:
        """The account's time."""
        return self.world

    def publish(self, entry: Mapping[str, str]) -> None:
        """Put an entry on the bus; a fault's copies are of the message that this leads to."""
        before = {name: len(queue.accepted) for name, queue in self.queues.items()}
        self.bus.put_events([entry])
        grown = [name for name in self._pollers if len(self.queues[name].accepted) > before[name]]
        self._copy = (grown[0], self.queues[grown[0]].accepted[-1]) if grown else ("", "")

    def invoke(self, function: str, payload: Any, arn: str = "", lineage: Lineage | None = None) -> Any:
        """Invoke a function from a process of the world, and wait for its answer. Raises what the handler raises.

        `lineage` is what led to it. Raises RecursiveLoop if Lambda stops the invocation.
        """
        spec = self._functions[function]
        chain = invoked(function, lineage or {}, spec.may_loop)
        process = self._environment(spec)
        with self._running(process):
            try:
                answer = process.invoke(payload, spec.seconds, arn, chain)
            except Exception:
                self._idle[function].append(process)  # the function failed; its environment lives on
                raise
        self._idle[function].append(process)
        return answer

    @property
    def quiet(self) -> bool:
        """Whether no function runs and no message waits for one."""
        return not any(poller.busy for poller in self._pollers.values())

    def sleep(self, seconds: float) -> None:
        """Let the process that runs sleep."""
        self.world.sleep(seconds)

    def next_fault(self, label: str) -> str:
        """The fault of the call that is made now."""
        self.calls.append(label)
        return self._faults(len(self.calls) - 1, label)

    def copy(self) -> None:
        """Handle a second copy of the event, as a whole, before the process that runs goes on."""
        queue, body = self._copy
        self._pollers[queue].handle_copy(body)

    def service(self, name: str, caller: Process) -> Any:
        """What answers the calls of an AWS service's client."""
        services: dict[str, Callable[[], Any]] = {
            "dynamodb": lambda: self._dynamodb,
            "events": lambda: self.bus,
            "lambda": lambda: SimpleNamespace(invoke=partial(self._invoke_alias, caller)),
            "sqs": lambda: Sqs(self.queues, caller),
            "s3": lambda: SimpleNamespace(put_object=self._put_object),
            "scheduler": lambda: SimpleNamespace(create_schedule=self._create_schedule),
        }
        return services[name]()

    def start(self, process: Process, environ: Mapping[str, str]) -> Handler:
        """The handler of a process, as functions.core.platform.cold_start makes it."""
        handler: Handler = import_module(Started.read(environ).starts).start(self.platform(process, environ))
        return handler

    def platform(self, process: Process, environ: Mapping[str, str]) -> Platform:
        """The platform of a process."""
        return Platform(
            environ=environ,
            clock=self.world,
            monotonic=self.world,
            sleep=self.world.sleep,
            random=self.random.random,
            new_id=lambda: f"{self._name}-{next(self._ids)}",
            client=cache(process.client),
            patient_client=lambda service, seconds: process.client(service),
            secret=self._secret,
            https=partial(self._pool, process),
            http=partial(self._pool, process),
        )

    def _pool(self, process: Process) -> Any:
        return Pool(process, self.provider)

    def _secret(self, name: str, refresh: bool = False) -> str:
        if name not in self._secrets:
            raise ConfigurationError(f"secret {name} cannot be read")
        return self._secrets[name]

    def _put_object(self, Key: str, Body: bytes, **_: Any) -> dict[str, Any]:
        self.objects[Key] = Body
        return {}

    def _create_schedule(self, Name: str, ScheduleExpression: str, Target: Mapping[str, str], **_: Any) -> Any:
        """A one-time schedule that sends to a queue, and deletes itself.

        https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
        """
        if Name in self.schedules:
            raise ClientError({"Error": {"Code": "ConflictException", "Message": Name}}, "CreateSchedule")
        at = datetime.fromisoformat(ScheduleExpression.removeprefix("at(").removesuffix(")")).replace(tzinfo=UTC)
        queue = self.queues[Target["Arn"].rpartition(":")[2]]

        def send() -> None:
            self.schedules.discard(Name)
            queue.send(Target["Input"])

        self.schedules.add(Name)
        self.world.at(at.timestamp(), send)
        return {}

    def _invoke_alias(self, caller: Process, FunctionName: str, Payload: str) -> dict[str, Any]:
        """https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html"""
        *_, name, alias = FunctionName.split(":")
        if alias not in self._functions[name].aliases:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": FunctionName}}, "Invoke")
        try:
            answer = self.invoke(name, json.loads(Payload), FunctionName, caller.lineage)
        except Died:
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(b"{}")}
        except Exception as error:  # noqa: BLE001 - as Lambda does
            reason = json.dumps({"errorType": type(error).__name__}).encode()
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(reason)}
        return {"Payload": io.BytesIO(json.dumps(answer).encode())}

    def _environment(self, function: FunctionSpec) -> Process:
        """One that is idle, or a new one."""
        if self._idle[function.name]:
            return self._idle[function.name].pop()
        process = Process(self, function.name)
        process.start(function.environment)
        return process

    @contextmanager
    def _running(self, process: Process) -> Iterator[None]:
        """Note that `process` runs on this thread, above those that wait for it."""
        stack: list[Process] = vars(self._own).setdefault("stack", [])
        stack.append(process)
        try:
            yield
        finally:
            stack.pop()

    def _resumed(self) -> None:
        if stack := vars(self._own).get("stack"):
            stack[-1].enter()


class NoProvider:
    """No provider."""

    def request(self, method: str, url: str, **_: Any) -> Any:
        """Refuse the connection."""
        raise refused(f"provider {method} {url}")


class _Poller:
    """An event source mapping: it receives batches of its queue and invokes its function, `at_once` at a time."""

    def __init__(self, account: Account, spec: MappingSpec, at_once: int) -> None:
        self._account = account
        self._spec = spec
        self._at_once = at_once
        self._queue = account.queues[spec.queue]
        self._queue.changed = self._look
        self._process = Process(account, "lambda")
        self._running = 0
        self._next = float("inf")

    @property
    def busy(self) -> bool:
        """Whether its function runs or its queue holds a message, other than a timer whose time has not come."""
        return bool(self._running or self._queue.pending)

    def handle_copy(self, body: str) -> None:
        """Send a copy and handle it on the thread of the caller."""
        self._queue.send(body)
        if messages := self._queue.receive(self._spec.batch):
            self._handle(messages)

    def _look(self) -> None:
        if self._running == self._at_once:
            return
        due = self._queue.due()
        if due is not None and due < self._next:
            self._next = due
            self._account.world.at(due, self._poll)

    def _poll(self) -> None:
        self._next = float("inf")
        while self._running < self._at_once and (messages := self._queue.receive(self._spec.batch)):
            self._running += 1
            self._account.world.start(partial(self._run, messages))
        self._look()

    def _run(self, messages: Sequence[Message]) -> None:
        try:
            self._handle(messages)
        finally:
            self._running -= 1
            self._look()

    def _handle(self, messages: Sequence[Message]) -> None:
        """Invoke the function, and delete what it does not report as failed."""
        try:
            records = {"Records": [lambda_record(one) for one in messages]}
            lineage = merged(message.lineage for message in messages)
            answer = self._account.invoke(self._spec.function, records, lineage=lineage)
        except (Died, Exception):  # noqa: BLE001 - the messages are received again when their visibility timeout ends
            return
        failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
        if done := [message.id for message in messages if message.id not in failed]:
            try:
                self._process.call(f"sqs delete_message {self._queue.name}", lambda: self._queue.delete(done))
            except (Died, ClientError, ReadTimeoutError):
                self._process.alive = True  # Lambda has many pollers


def _queues(specs: Sequence[QueueSpec], clock: Clock, account: str) -> dict[str, Queue]:
    queues: dict[str, Queue] = {}
    for spec in sorted(
        specs, key=lambda spec: spec.dead_letters
    ):  # dead-letter queues first: they have none of their own
        dead_letters = queues.get(spec.dead_letters)
        queues[spec.name] = Queue(spec.name, clock, spec.visibility_timeout, spec.tries, dead_letters, account=account)
    return queues


def lambda_record(message: Message) -> dict[str, Any]:
    """A message as Lambda hands it to a function.

    https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
    """
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
        "messageAttributes": dict(message.attributes),
    }
