"""The answers of providers in a test: given ones, as HTTP responses of the operation that is called."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import urllib3

from functions.core.manifests.agent import AgentManifest
from functions.core.manifests.connector import ConnectorManifest
from functions.core.manifests.credentials import GitHubApp
from functions.core.manifests.operation import Operation
from functions.core.platform.times import rfc3339
from hookline.operator.errors import OperatorError, UnknownName
from hookline.simulation.responses import Response

# https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app
_INSTALLATION = re.compile(r"/(repos/[^/]+/[^/]+|repositories/\d+)/installation")
_TOKEN = re.compile(r"/app/installations/\d+/access_tokens")


@dataclass(frozen=True)
class Failure:
    """A provider that answers with an error's `status`, or not at all."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    lost: Literal["", "timeout", "unreachable", "answer lost"] = ""


@dataclass(frozen=True)
class InTurn:
    """One answer for each call, the last one for all further calls."""

    answers: tuple[Any, ...]


class Sandbox:
    """The answer of the provider's sandbox."""


SANDBOX = Sandbox()


def error(
    what: int | Literal["timeout", "unreachable", "answer lost"], body: Any = None, retry_after: int | None = None
) -> Failure:
    """An answer that is an error: an HTTP status from 400, "timeout", "unreachable" or "answer lost".

    With "timeout" the provider does nothing and does not answer; with "answer lost" it acts, and does not answer.
    `body` is the JSON of the error's response, `retry_after` its Retry-After in seconds. Raises OperatorError for
    anything else.
    """
    if what in ("timeout", "unreachable", "answer lost"):
        return Failure(0, lost=what)
    if not isinstance(what, int) or not 400 <= what <= 599:
        known = "'timeout', 'unreachable' or 'answer lost'"
        raise OperatorError(f"error({what!r}): an HTTP status from 400 to 599, {known}")
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return Failure(what, {} if body is None else body, headers)


def in_turn(*answers: Any) -> InTurn:
    """One answer for each call of an operation; the last one is for all further calls. Raises OperatorError if none."""
    if not answers:
        raise OperatorError("in_turn() needs at least one answer")
    return InTurn(answers)


@dataclass(frozen=True)
class Calling:
    """The operation that a connector performs at this moment; `effect` is the ledger's key, "" for a read."""

    connector: ConnectorManifest
    operation: Operation
    arguments: Mapping[str, Any]
    effect: str = ""

    @property
    def name(self) -> str:
        """As `answers` name it: "stripe.charge.retrieve"."""
        return f"{self.connector.name}.{self.operation.name}"

    @property
    def own_arguments(self) -> dict[str, Any]:
        """The arguments without those that the connector's manifest always sends."""
        return {name: value for name, value in self.arguments.items() if name in self.operation.arguments}

    def __str__(self) -> str:
        return f"{self.name}({', '.join(f'{name}={value!r}' for name, value in self.own_arguments.items())})"


class Answers:
    """The given answers by operation, and which of them were used."""

    def __init__(self, agent: AgentManifest, connectors: Mapping[str, ConnectorManifest]) -> None:
        self._agent = agent
        self._connectors = connectors
        self._given: dict[str, Any] = {}
        self._used: dict[str, int] = {}

    def give(self, answers: Mapping[str, Any]) -> None:
        """Add answers, or replace them. Raises UnknownName for an operation that no connector of the agent has."""
        for name in answers:
            self._require(name)
        self._given |= answers
        self._used |= dict.fromkeys(answers, 0)

    def _require(self, name: str) -> None:
        connector, _, _ = name.partition(".")
        if connector not in self._connectors:
            raise UnknownName(f"connector of agent {self._agent.name}, in answers,", connector, self._connectors)
        known = {f"{connector}.{one.name}": one for one in self._connectors[connector].operations}
        if name not in known:
            raise UnknownName("operation, in answers,", name, known)

    @property
    def unused(self) -> list[str]:
        """The operations whose answers no call asked for."""
        return [name for name, times in self._used.items() if not times]

    def covers(self, connector: str) -> bool:
        """Whether the operations of `connector` are answered by given answers, and not by its sandbox."""
        return any(name.partition(".")[0] == connector for name in self._given)

    def next(self, calling: Calling) -> Any:
        """The answer to a call, SANDBOX if its sandbox answers. Raises OperatorError if there is none."""
        if calling.name not in self._given:
            given = ", ".join(self._given) or "none"
            raise OperatorError(f"{calling} was called, and answers has no answer for it; it has: {given}")
        number = self._used[calling.name]
        self._used[calling.name] = number + 1
        found = self._given[calling.name]
        if isinstance(found, InTurn):
            found = found.answers[min(number, len(found.answers) - 1)]
        if not callable(found):
            return found
        try:
            return found(**calling.own_arguments)
        except TypeError as wrong:
            if wrong.__traceback__ and wrong.__traceback__.tb_next:
                raise  # it was called, and failed itself
            raise OperatorError(f"the answer of {calling.name} cannot be called: {wrong}") from None


def response(calling: Calling, answer: Any) -> Response:
    """The HTTP response that a given answer is. Raises urllib3's errors for one that is lost."""
    if isinstance(answer, Failure):
        if answer.lost in ("timeout", "answer lost"):
            raise urllib3.exceptions.ReadTimeoutError(None, "", "no answer in time")  # type: ignore[arg-type]  # no pool
        if answer.lost:
            raise urllib3.exceptions.NewConnectionError(None, "refused")  # type: ignore[arg-type]  # nobody reads it
        return Response(answer.status, _json(calling, answer.body), answer.headers)
    paging, verdict = calling.operation.paging, calling.connector.verdict
    if paging and isinstance(answer, list):
        for name in reversed(paging.items.split(".") if paging.items else []):
            answer = {name: answer}
    if verdict and isinstance(answer, Mapping) and verdict.ok not in answer:
        answer = {verdict.ok: True, **answer}
    return Response(200, _json(calling, answer))


def github_app(calling: Calling, path: str, now: Callable[[], float]) -> Response | None:
    """GitHub's response to a request of an App about itself, which precedes an operation; None for other requests."""
    if not isinstance(calling.connector.credential, GitHubApp):
        return None
    if _INSTALLATION.fullmatch(path):
        return Response(200, b'{"id": 1}')
    if path == "/app" and calling.operation.path != path:
        return Response(200, b'{"id": 1, "slug": "example"}')
    if _TOKEN.fullmatch(path):
        made = {"token": "ghs_Example", "expires_at": rfc3339(now() + 3600)}
        return Response(201, json.dumps(made).encode())
    return None


def _json(calling: Calling, value: Any) -> bytes:
    try:
        return json.dumps(value).encode()
    except (TypeError, ValueError, RecursionError) as wrong:
        raise OperatorError(f"the answer of {calling.name} cannot be written as JSON: {wrong}") from None
