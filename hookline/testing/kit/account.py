"""The simulated account of a kit, in which providers answer as the test says and every call is noted."""

import io
import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from functions.api.sandbox import Provider as SandboxProvider
from functions.api.sandbox import Request
from functions.core.events import catalogue
from functions.core.gate.credentials import tenant_of
from functions.core.gate.handlers.connector import connector_of
from functions.core.gate.serve import serve_connector
from functions.core.manifests.connector import ConnectorManifest
from functions.core.manifests.credentials import AwsRole
from functions.core.manifests.operation import Operation
from functions.core.platform.environment import AgentEnvironment, ConnectorEnvironment, Started
from functions.core.platform.errors import ApprovalNeeded, RetryableError
from functions.core.platform.platform import Handler, Platform
from functions.core.runtime.outcomes import Outcome
from functions.core.runtime.serve import serve
from hookline.operator.errors import OperatorError
from hookline.simulation import declared
from hookline.simulation.account import Account, lambda_record
from hookline.simulation.aws_sandboxes import client_at
from hookline.simulation.process import Process
from hookline.simulation.queues import Queue, Sqs
from hookline.simulation.responses import Response
from hookline.testing.kit.answers import SANDBOX, Answers, Calling, Failure, github_app, response
from infra import naming


class Misused(BaseException):
    """The test is wrong. No `except Exception` of a function catches this; `error` is for its author."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


@dataclass
class Performed:
    """A call of a provider's operation, and how often what it asks for happened there.

    An effect can be several requests: `acted` counts each of them.
    """

    calling: Calling
    entity: str = ""
    destination: str = ""
    acted: Counter[str] = field(default_factory=Counter)

    @property
    def times(self) -> int:
        """How often it happened."""
        return max(self.acted.values(), default=0)


@dataclass
class Notes:
    """What happened in the account so far, in its order."""

    performed: list[Performed] = field(default_factory=list)
    outcomes: list[Sequence[Outcome]] = field(default_factory=list)
    budget_used: float = 0.0
    raised: Exception | None = None


class KitAccount(Account):
    """An account whose providers are `answers`, or else `sandboxes`, by name; `agent` is whose runs are noted."""

    def __init__(self, answers: Answers, sandboxes: Mapping[str, SandboxProvider], agent: str, **given: Any) -> None:
        super().__init__(**given)
        self.notes = Notes()
        self._answers = answers
        self._sandboxes = sandboxes
        self._agent = agent
        self._here = threading.local()  # a connector runs on the thread that invoked it, and performs one at a time
        self._spawned = 0
        self._objects: dict[str, bytes] = {}
        self.provider = _Providers(self)

    @property
    def quiet(self) -> bool:
        """Whether nothing runs and no message waits for a function."""
        return super().quiet and self.settled

    @property
    def settled(self) -> bool:
        """Whether every process that was spawned has ended."""
        return not self._spawned

    def project(self) -> None:
        """Let the context service project what was published so far. Raises Misused if it cannot.

        On AWS it works beside the agents, and they may read a timeline before or after it. Here it comes after them.
        """
        queue = self.queues[declared.CONTEXT]
        while messages := queue.receive(10):
            answer = self.invoke(declared.CONTEXT, {"Records": [lambda_record(one) for one in messages]})
            if answer["batchItemFailures"]:
                raise Misused(OperatorError("the context service cannot project an event that was published"))
            queue.delete([one.id for one in messages])

    def spawn(self, act: Callable[[], None]) -> None:
        """Start a process that is not a function's."""

        def run() -> None:
            try:
                act()
            finally:
                self._spawned -= 1

        self._spawned += 1
        self.world.start(run)

    def calling(self) -> Calling | None:
        """The operation that a connector performs on this thread now."""
        return getattr(self._here, "calling", None)

    def start(self, process: Process, environ: Mapping[str, str]) -> Handler:
        """The handler of a process; a connector's operations and an agent's outcomes are noted."""
        starts, platform = Started.read(environ).starts, self.platform(process, environ)
        if starts == declared.CONNECTOR:
            manifest, make = connector_of(ConnectorEnvironment.read(environ).connector)
            return serve_connector(manifest, partial(self._performer, make), platform)
        if starts == declared.AGENT:
            name = AgentEnvironment.read(environ).agent
            folder = f"functions.agents.{name}"
            run = import_module(f"{folder}.agent").run
            noted = partial(self._run, run) if name == self._agent else run
            return serve(import_module(f"{folder}.manifest").MANIFEST, noted, catalogue, platform)
        return super().start(process, environ)

    def _run(self, run: Callable[..., Any], event: Any, tools: Any) -> Any:
        self.notes.outcomes.append(())
        self.notes.raised = None
        try:
            found = run(event, tools)
        except ApprovalNeeded:  # the runtime makes a question of it
            raise
        except Exception as error:
            self.notes.raised = error
            raise
        outcomes = found if isinstance(found, list | tuple) else [found]
        self.notes.outcomes[-1] = tuple(one for one in outcomes if isinstance(one, Outcome))
        return found

    def _performer(self, make: Callable[..., Any], manifest: ConnectorManifest, platform: Platform) -> Any:
        """The connector's own performer, whose every call is noted."""
        performer = make(manifest, platform)
        perform = performer.call

        def call(operation: Operation, arguments: Mapping[str, Any], key: str | None, seconds: float) -> Any:
            noted = Performed(Calling(manifest, operation, arguments))
            if operation.kind == "effect":
                noted = self._attempted(noted)
            self.notes.performed.append(noted)
            self._here.calling = noted.calling
            try:
                if not manifest.hosts and self._answers.covers(manifest.name):
                    return self._given(noted)
                answer = perform(operation, arguments, key, seconds)
                noted.acted[""] += not manifest.hosts
                return answer
            finally:
                self._here.calling = None

        object.__setattr__(performer, "call", call)  # a frozen one too
        return performer

    def _attempted(self, performed: Performed) -> Performed:
        """With what the record of the attempt says: the gate writes it just before."""
        made = next(one for one in reversed(json.loads(self._here.sent)) if one["kind"] == "attempted")
        calling = performed.calling
        effect = Calling(calling.connector, calling.operation, calling.arguments, made["digests"]["effect"])
        return Performed(effect, made["resource"], made["destination"])

    def _given(self, noted: Performed) -> Any:
        """The given answer of a connector that calls no host."""
        found = self._next(noted.calling)
        if isinstance(found, Failure):
            raise RetryableError(f"{noted.calling.connector.name} failed")
        made = self._made(noted.calling, found)
        noted.acted[""] += 1
        return json.loads(made.body)

    def _next(self, calling: Calling) -> Any:
        """The given answer to a call. What the test's own function raises is no error of a provider."""
        try:
            return self._answers.next(calling)
        except Exception as error:
            raise Misused(error) from error

    def _made(self, calling: Calling, answer: Any) -> Response:
        """The HTTP response that a given answer is. Raises urllib3's errors for one that is lost."""
        try:
            return response(calling, answer)
        except OperatorError as error:
            raise Misused(error) from error

    def answered(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Response:
        """The response of a provider to a request of the connector that performs on this thread."""
        calling = self.calling()
        if calling is None:
            raise Misused(OperatorError(f"a connector asked for {method} {url} outside of an operation"))
        noted = next(one for one in reversed(self.notes.performed) if one.calling is calling)
        name, path = calling.connector.name, urlsplit(url).path
        sandbox = self._sandboxes.get(name) if not self._answers.covers(name) else None
        if about_itself := github_app(calling, path, self.world):
            # No effect of the operation, which it precedes.
            return _of_sandbox(sandbox, calling, method, url, headers, body) if sandbox else about_itself
        sandbox = self._sandboxes.get(name)
        found = SANDBOX if sandbox and not self._answers.covers(name) else self._next(calling)
        if isinstance(found, Failure) and found.lost == "answer lost":
            acted = _of_sandbox(sandbox, calling, method, url, headers, body) if sandbox else Response(200, b"{}")
            noted.acted[path] += method != "GET" and self._is_first(path, calling, acted, headers)
        if found is not SANDBOX:
            made = self._made(calling, found)
        elif sandbox:
            made = _of_sandbox(sandbox, calling, method, url, headers, body)
        else:
            raise Misused(OperatorError(f"provider {name} has no sandbox: give an answer for {calling.name}"))
        # Some requests of an effect only read.
        noted.acted[path] += method != "GET" and self._is_first(path, calling, made, headers)
        return made

    def _is_first(self, path: str, calling: Calling, made: Response, headers: Mapping[str, str]) -> bool:
        """Whether this response says that an effect happened, and not one that had happened before."""
        operation, verdict = calling.operation, calling.connector.verdict
        good = 200 <= made.status < 300 and operation.kind == "effect"
        if good and verdict:
            good = json.loads(made.body or b"{}").get(verdict.ok) is True
        if good and (operation.idempotency == "natural" or "Idempotency-Key" in headers):
            # The provider recognizes a repeat.
            same = [one for one in self.notes.performed if one.calling.effect == calling.effect]
            return not any(one.acted[path] for one in same)
        return good

    def service(self, name: str, caller: Process) -> Any:
        """What answers the calls of an AWS service's client."""
        more: dict[str, Callable[[], Any]] = {
            "s3": lambda: _Objects(self._objects),
            "scheduler": lambda: SimpleNamespace(create_schedule=self._schedule),
            "sns": lambda: SimpleNamespace(publish=lambda **_: {}),
        }
        if name in more:
            return more[name]()
        if name == "sqs":
            return _NotedSqs(self.queues, caller, self._here)
        if name in ("dynamodb", "events", "lambda"):
            return super().service(name, caller)
        for played, sandbox in self._sandboxes.items():
            role = connector_of(played)[0].credential if naming.connector(played) == caller.name else None
            if isinstance(role, AwsRole) and role.service.lower() == name:
                return client_at(name, sandbox.handle)
        raise Misused(OperatorError(f"{caller.name} calls AWS's {name}, which the kit does not have: give its answers"))

    def _schedule(self, Name: str, ScheduleExpression: str, Target: Mapping[str, str], **_: Any) -> Any:
        """A manager's schedule sends to its queue, the review service's invokes it.

        https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
        """
        if Target["Arn"].split(":")[2] == "sqs":
            return self._create_schedule(Name, ScheduleExpression, Target)
        at = datetime.fromisoformat(ScheduleExpression.removeprefix("at(").removesuffix(")")).replace(tzinfo=UTC)
        function = Target["Arn"].split(":")[6]
        invoke = partial(self.invoke, function, json.loads(Target["Input"]), Target["Arn"])
        self.world.at(at.timestamp(), lambda: self.spawn(invoke))
        return {}

    def _invoke_alias(self, caller: Process, FunctionName: str, Payload: str) -> dict[str, Any]:
        answer = super()._invoke_alias(caller, FunctionName, Payload)
        content = answer["Payload"].read()
        said = json.loads(content)
        if isinstance(said, dict):
            self.notes.budget_used = max(self.notes.budget_used, said.get("used", 0.0))
        return {**answer, "Payload": io.BytesIO(content)}


@dataclass(frozen=True)
class _Providers:
    """The providers as the connectors meet them."""

    account: KitAccount

    def request(self, method: str, url: str, *, fault: str, seconds: float, caller: str, **request: Any) -> Response:
        """Answer the request of the connector whose function is `caller`; no fault of a provider is planned here."""
        return self.account.answered(method, url, request["headers"], request["body"])


class _NotedSqs(Sqs):
    """A client of SQS that notes the last message with audit records which the thread sent."""

    def __init__(self, queues: Mapping[str, Queue], sender: Process, here: threading.local) -> None:
        super().__init__(queues, sender)
        self._here = here

    def send_message(self, QueueUrl: str, MessageBody: str, *args: Any, **given: Any) -> dict[str, Any]:
        """As SQS does."""
        if QueueUrl.endswith(naming.AUDIT_QUEUES["services"]):
            self._here.sent = MessageBody
        return super().send_message(QueueUrl, MessageBody, *args, **given)


class _Objects:
    """A client of S3 with one bucket's objects."""

    def __init__(self, objects: dict[str, bytes]) -> None:
        self._objects = objects

    def put_object(self, Bucket: str, Key: str, Body: bytes) -> dict[str, Any]:
        """https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html"""
        self._objects[Key] = Body
        return {}

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:
        """https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html"""
        return {"Body": io.BytesIO(self._objects[Key])}

    def delete_object(self, Bucket: str, Key: str) -> dict[str, Any]:
        """https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html"""
        self._objects.pop(Key, None)
        return {}


def _of_sandbox(
    sandbox: SandboxProvider, calling: Calling, method: str, url: str, headers: Mapping[str, str], body: bytes | None
) -> Response:
    base = urlsplit(calling.connector.base.format(**tenant_of(calling.connector, tenants(calling.connector))))
    parts = urlsplit(url)
    path = "/" + parts.path.removeprefix(base.path).removeprefix("/")
    lower = {name.lower(): value for name, value in headers.items()}
    made = sandbox.handle(Request(method, path, parts.query, lower, body or b""))
    return Response(made.status, made.body, made.headers)


def tenants(connector: ConnectorManifest) -> Mapping[str, str]:
    """The parts of a connector's hosts that an operator would set: a label, or a whole host."""
    return {name: "example.test" if f"{{{name}}}" in connector.hosts else "example" for name in connector.tenant}
