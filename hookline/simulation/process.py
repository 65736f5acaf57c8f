"""Execution environments of functions: each effect on the world is a call, which may have a fault."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace
from typing import Any, Protocol

import urllib3

from functions.core.platform.platform import Handler
from functions.core.platform.times import Clock
from hookline.simulation.faults import PROVIDER_FAULTS, STALL_SECONDS, Died, answer_lost, refused
from hookline.simulation.powertools import new_memory
from hookline.simulation.recursion import Lineage

CALL_SECONDS = 0.01  # what a call takes


class ProcessHost(Protocol):
    """What a process needs of its account."""

    @property
    def clock(self) -> Clock: ...

    def sleep(self, seconds: float) -> None: ...

    def next_fault(self, label: str) -> str:
        """The fault of the call that is made now."""

    def copy(self) -> None:
        """Handle a second copy of the event now."""

    def service(self, name: str, caller: "Process") -> Any:
        """What answers the calls of an AWS service's client."""

    def start(self, process: "Process", environ: Mapping[str, str]) -> Handler:
        """The handler of a process, as functions.core.platform.cold_start makes it."""


class Process:
    """An execution environment of the function `name`. Once dead, nothing that it still tries reaches anything."""

    def __init__(self, account: ProcessHost, name: str) -> None:
        self.name = name
        self.alive = True
        self.ends = float("inf")
        self.lineage: Lineage = {}
        self.enter = new_memory()
        self._account = account
        self._handler: Handler = lambda payload, context: None

    def start(self, environ: Mapping[str, str]) -> None:
        """The cold start."""
        self._handler = self._account.start(self, environ)

    def invoke(self, payload: Any, seconds: float, arn: str, lineage: Lineage) -> Any:
        """Run the handler, for `seconds` at most. What it sends has this `lineage`."""
        clock = self._account.clock
        self.enter()
        self.lineage = lineage
        self.ends = clock() + seconds
        context = SimpleNamespace(
            function_name=self.name,
            memory_limit_in_mb=256,
            invoked_function_arn=arn,
            aws_request_id="request",
            get_remaining_time_in_millis=lambda: int((self.ends - clock()) * 1000),
        )
        return self._handler(payload, context)

    def client(self, service: str) -> "Client":
        """A client of an AWS service."""
        return Client(self, service, self._account.service(service, self))

    def call(self, label: str, do: Callable[[], Any], sent: Callable[[str], Any] | None = None) -> Any:
        """Do `do`, a call named `label`, with the fault that is planned for it.

        `sent` makes the request to the provider, which treats it according to the fault of that name.
        """
        account = self._account
        account.sleep(CALL_SECONDS)
        self._die_if_over()
        fault = account.next_fault(f"{self.name}: {label}")
        if fault == "dies as it is sent" and sent:
            sent("abandoned")
        if fault in ("dies before", "dies as it is sent"):
            self._die()
        if fault == "refused":
            raise refused(label)
        if fault == "stalls":
            account.sleep(STALL_SECONDS)
        if fault == "a copy before":
            account.copy()
            self.enter()
        self._die_if_over()
        failed: Exception | None = None
        answer: Any = None
        try:
            answer = sent(fault) if sent and fault in PROVIDER_FAULTS else do()
        except Exception as error:  # noqa: BLE001 - the process gets it, unless it dies first
            failed = error
        self.enter()  # what the call led to ran in other processes
        if fault == "dies after" or account.clock() > self.ends:
            self._die()
        if fault == "a copy after":
            account.copy()
            self.enter()
        if fault == "answer lost":
            raise answer_lost(label)
        if failed:
            raise failed
        return answer

    def _die_if_over(self) -> None:
        if not self.alive or self._account.clock() > self.ends:
            self._die()

    def _die(self) -> None:
        self.alive = False
        raise Died(self.name)


class Client:
    """A client of an AWS service used by a process: every call may fail."""

    def __init__(self, process: Process, service: str, target: Any) -> None:
        self._process = process
        self._service = service
        self._target = target
        # Powertools registers itself with each client that it gets; here they are all one, which would pile up.
        self.meta = SimpleNamespace(events=SimpleNamespace(register=lambda *_: None))
        self._method = cache(self._call_of)

    def __getattr__(self, method: str) -> Callable[..., Any]:
        return self._method(method)

    def get_paginator(self, operation: str) -> "Paginator":
        """A paginator of DynamoDB, each of whose pages is a call."""
        return Paginator(self._method(operation))

    def _call_of(self, method: str) -> Callable[..., Any]:
        target = getattr(self._target, method)

        def call(**arguments: Any) -> Any:
            label = f"{self._service} {method} {_about(arguments)}".strip()
            return self._process.call(label, lambda: target(**arguments))

        return call


@dataclass(frozen=True)
class Paginator:
    """The pages of an operation of DynamoDB."""

    call: Callable[..., Any]

    def paginate(self, PaginationConfig: Mapping[str, int] | None = None, **request: Any) -> Iterator[Any]:
        """Yield the pages; of the configuration only PageSize counts."""
        size = (PaginationConfig or {}).get("PageSize")
        asked = {**request, **({"Limit": size} if size else {})}
        while True:
            page = self.call(**asked)
            yield page
            if "LastEvaluatedKey" not in page:
                return
            asked["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def _about(arguments: Mapping[str, Any]) -> str:
    """What a call is about: the table, the queue or the function."""
    if "RequestItems" in arguments:
        return ", ".join(arguments["RequestItems"])
    named = next((arguments[name] for name in ("TableName", "QueueUrl", "FunctionName") if name in arguments), "")
    return str(named.rpartition("/")[2].rpartition("function:")[2])


class Provider(Protocol):
    """A provider as a connector meets it."""

    def request(self, method: str, url: str, *, fault: str, seconds: float, caller: str, **request: Any) -> Any:
        """Answer, as urllib3 does, a request of the function `caller` that waits for `seconds`.

        `fault` is "" or one of PROVIDER_FAULTS.
        """


class Pool:
    """The connections of a process to the provider."""

    def __init__(self, process: Process, provider: Provider) -> None:
        self._process = process
        self._provider = provider

    def request(self, method: str, url: str, *, timeout: urllib3.Timeout, **request: Any) -> Any:
        """As urllib3.PoolManager.request."""

        seconds = float(timeout.total)  # type: ignore[arg-type]  # the gate always sets it

        def sent(fault: str = "") -> Any:
            caller = self._process.name
            return self._provider.request(method, url, fault=fault, seconds=seconds, caller=caller, **request)

        path = url.partition("://")[2].partition("/")[2].partition("?")[0]
        return self._process.call(f"provider {method} /{path}", sent, sent if method == "POST" else None)
