"""What a provider's sandbox imports: requests, responses, errors, checks of control requests, a scripted model."""

import json
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

MAX_DEPTH = 50
MAX_TEXT = 1000
ANSWER = "This is the sandbox's answer; it thinks nothing."
LONGEST_SCRIPTED = 200_000  # characters of a scripted text
BYTES_PER_TOKEN = 4


class Dropped(Exception):
    """The connection must be closed without a response."""


class BadControl(ValueError):
    """A control request is malformed; the response is a 400 with its one-line message."""


@dataclass(frozen=True)
class Request:
    """One HTTP request as a provider sees it: `path` without its segment, header names in lower case."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class Response:
    """One HTTP response, as bytes, so that replaying it cannot change it."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def json(cls, status: int, value: object, headers: Mapping[str, str] | None = None) -> "Response":
        body = json.dumps(value, indent=2).encode() + b"\n"
        return cls(status, body, {"Content-Type": "application/json", **(headers or {})})


Hook = Callable[[], Response | None]


def proceed() -> None:
    """The hook that does nothing."""


class Provider(Protocol):
    """The interface of a provider's sandbox for the server.

    `handle` calls `arriving` before it reads the request and `acting` just before it performs the operation. If a hook
    returns a response, that is the response; `Dropped` is passed on.
    """

    name: str
    credential: str  # the only one that it accepts
    # An entity that it holds from the start for each kind of entity that its connector's operations touch. Destinations
    # that the operator did not bind are bound to it.
    destinations: Sequence[str]

    def __init__(self, now: Callable[[], float]) -> None: ...

    def handle(self, request: Request, arriving: Hook = proceed, acting: Hook = proceed) -> Response: ...

    def failure(self, status: int, retry_after: int | None = None) -> Response: ...

    def control(self, method: str, path: str, body: bytes) -> Response: ...


@dataclass(frozen=True)
class Scripted:
    """One answer of a model.

    `stop` is the provider's own word for why it ended, "" for that of an ordinary end. `tools` are calls of tools, each
    with `name` and `input`. `usage` replaces the counted tokens `input`, `output`, `cache_read` and `cache_write`. With
    `raw`, the body is that text, whatever the provider's form is.
    """

    text: str = ANSWER
    stop: str = ""
    tools: Sequence[Mapping[str, Any]] = ()
    usage: Mapping[str, int] = field(default_factory=dict)
    raw: str | None = None

    @classmethod
    def read(cls, value: object) -> "Scripted":
        """One answer of a control request. Raises BadControl."""
        given = json_object(value, "an answer")
        usage = json_object(given.pop("usage", {}), "usage")
        tools = given.pop("tools", [])
        if not isinstance(tools, list):
            raise BadControl("tools must be a list")
        named = all({"name", "input"} == set(json_object(tool, "a tool call")) for tool in tools)
        if not named or not all(type(number) is int for number in usage.values()):
            raise BadControl("a tool call has a name and an input; usage are whole numbers")
        texts: dict[str, Any] = {name: given.pop(name) for name in ("text", "raw") if name in given}
        if any(not isinstance(text, str) or len(text) > LONGEST_SCRIPTED for text in texts.values()):
            raise BadControl(f"text and raw are strings of up to {LONGEST_SCRIPTED} characters")
        stop = take(given, "stop", str, "")
        if given:
            raise BadControl(f"unknown field {next(iter(given))!r}")
        return cls(stop=stop, tools=tools, usage=usage, **texts)

    def counted(self, prompt: bytes) -> dict[str, int]:
        """The usage: as scripted, or by the bytes of the prompt and of the answer."""
        made = {"input": len(prompt), "output": len(self.text.encode()) + len(json.dumps(self.tools))}
        found = {name: max(1, size // BYTES_PER_TOKEN) for name, size in made.items()}
        return {"cache_read": 0, "cache_write": 0, **found, **self.usage}


class ScriptedModel(ABC):
    """The base class of a model provider's sandbox; it may be used from several threads.

    `POST script` with {"answers": […]} scripts the next answers, see `Scripted`; after them, and without any, it
    answers ANSWER. `GET state` returns the requests, `DELETE state` forgets them and the script. The sandbox server's
    faults throttle it, slow it down and cut it off.
    """

    name: str
    credential: str
    destinations: Sequence[str] = ()  # a model is declared in the agent's manifest, and is never a destination

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._script: list[Scripted] = []
        self._calls: list[dict[str, Any]] = []

    @abstractmethod
    def refusal(self, request: Request) -> Response | None:
        """The response to a request that is not authenticated, None if it is."""

    @abstractmethod
    def is_call(self, request: Request) -> bool:
        """Whether the request calls the model."""

    @abstractmethod
    def other(self, request: Request) -> Response:
        """The response to any other request."""

    @abstractmethod
    def reply(self, request: Request, answer: Scripted) -> Mapping[str, Any]:
        """The body with `answer`, as the provider writes it."""

    @abstractmethod
    def failure(self, status: int, retry_after: int | None = None) -> Response:
        """The provider's response when it fails with that status."""

    def handle(self, request: Request, arriving: Hook = proceed, acting: Hook = proceed) -> Response:
        """Respond to one request; no lock is held while the hooks run (see `functions.api.sandbox.Provider`)."""
        response = None
        try:
            response = arriving() or self.refusal(request) or self._answer(request, acting)
        finally:
            status = response.status if response else None  # None: the connection was dropped
            with self._lock:
                call = {"method": request.method, "path": request.path, "status": status}
                self._calls.append({**call, "request": _json(request.body)})
        return response

    def control(self, method: str, path: str, body: bytes) -> Response:
        """Respond to `GET state`, `DELETE state` and `POST script`."""
        if (method, path) == ("GET", "state"):
            with self._lock:
                return Response.json(200, {"calls": self._calls, "effects": [], "scripted": len(self._script)})
        if (method, path) == ("DELETE", "state"):
            with self._lock:
                self._script, self._calls = [], []
            return Response.json(200, {"emptied": True})
        if (method, path) == ("POST", "script"):
            answers = json_object(parse_json(body), "a script").get("answers")
            if not isinstance(answers, list):
                raise BadControl("a script has a list of answers")
            read = [Scripted.read(answer) for answer in answers]
            with self._lock:
                self._script += read
                return Response.json(200, {"scripted": len(self._script)})
        return no_such_control()

    def _answer(self, request: Request, acting: Hook) -> Response:
        if not self.is_call(request):
            return self.other(request)
        if failed := acting():
            return failed
        with self._lock:
            answer = self._script.pop(0) if self._script else Scripted()
        if answer.raw is not None:
            return Response(200, answer.raw.encode(), {"Content-Type": "application/json"})
        return Response.json(200, self.reply(request, answer))


def parse_json(body: bytes) -> object:
    """Parse JSON that can also be written again. Raises BadControl."""
    try:
        value = json.loads(body)
        json.dumps(value, allow_nan=False)
    except (ValueError, RecursionError) as error:
        raise BadControl(f"the body is not JSON: {error}") from None
    if _is_deeper(value, MAX_DEPTH):
        raise BadControl(f"the body is nested more than {MAX_DEPTH} levels deep")
    return value


def json_object(value: object, what: str) -> dict[str, Any]:
    """A copy of the object. Raises BadControl for another value."""
    if not isinstance(value, dict):
        raise BadControl(f"{what} must be a JSON object")
    return dict(value)


def take(
    given: dict[str, Any], name: str, kind: type | tuple[type, ...], default: object, low: float = 0, high: float = 0
) -> Any:
    """Remove and return the field. Raises BadControl unless it has that type and is within the bounds."""
    value = given.pop(name, default)
    wrong = not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool)
    if wrong or (high and not low <= value <= high) or (kind is str and len(value) > MAX_TEXT):
        bounds = f" from {low} to {high}" if high else ""
        text = f"a string of up to {MAX_TEXT} characters"
        names: dict[object, str] = {int: "an integer", str: text, bool: "true or false"}
        raise BadControl(f"{name} must be {names.get(kind, 'a number')}{bounds}")
    return value


def one_of(value: object, choices: Sequence[str], name: str) -> str:
    """The value. Raises BadControl unless it is one of the choices."""
    if value not in choices:
        raise BadControl(f"{name} must be one of: {', '.join(choices)}")
    return str(value)


def no_such_control() -> Response:
    """The response to an unknown control request."""
    return refusal(404, "no such control; see hookline/local/sandbox_server.py")


def refusal(status: int, message: str) -> Response:
    """A response with the reason why a request is refused."""
    return Response.json(status, {"error": message})


def _is_deeper(value: object, levels: int) -> bool:
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels < 0 or any(_is_deeper(child, levels - 1) for child in children)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
