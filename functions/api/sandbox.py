"""What a provider's sandbox imports: its base class, requests, responses, errors, checks of control requests."""

import base64
import hmac
import json
import re
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any
from urllib.parse import parse_qsl, unquote

MAX_DEPTH = 50
MAX_TEXT = 1000
ANSWER = "This is the sandbox's answer; it thinks nothing."
LONGEST_SCRIPTED = 200_000  # characters of a scripted text
BYTES_PER_TOKEN = 4
MOST_SET = 10**6  # the highest number in settings
MOST_FIELDS = 200  # of a query or form


class Dropped(Exception):
    """The connection must be closed without a response."""


class BadControl(ValueError):
    """A control request is malformed; the response is a 400 with its one-line message."""


class Malformed(ValueError):
    """The body or the query of a request cannot be read; the response is the provider's failure 400."""


@dataclass(frozen=True)
class Request:
    """One HTTP request as a provider sees it: `path` without its segment, header names in lower case."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def params(self) -> dict[str, str]:
        """The fields of the query. Raises Malformed if there are too many."""
        return _fields(self.query)

    @property
    def form(self) -> dict[str, str]:
        """The fields of the query and, in a POST, of the form in the body. Raises Malformed if there are too many."""
        body = self.body.decode(errors="replace") if self.method == "POST" else ""
        return _fields("&".join(filter(None, (self.query, body))))

    @property
    def json(self) -> dict[str, Any]:
        """The JSON object in the body. Raises Malformed for another body."""
        try:
            read = json.loads(self.body)
        except (ValueError, RecursionError):
            read = None
        if not isinstance(read, dict):
            raise Malformed("the body is not a JSON object")
        return read


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

    def with_headers(self, headers: Mapping[str, str]) -> "Response":
        """The response with these headers too."""
        return replace(self, headers={**self.headers, **headers})


class ApiError(Exception):
    """An error that the provider's API reports with `response`. A sandbox extends it by how its provider writes one."""

    def __init__(self, response: Response) -> None:
        super().__init__(f"the response is a {response.status}")
        self.response = response


Hook = Callable[[], Response | None]
# A method, a pattern of the whole path, and the function that it names.
Route = tuple[str, str, Callable[..., Any]]


def proceed() -> None:
    """The hook that does nothing."""


class Provider(ABC):
    """The base class of a provider's sandbox: from a request to its response, and the control interface.

    `refusal` authenticates a request, and the first of `routes` with its method and path performs it. `GET state` shows
    what the sandbox holds, with its `effects` and `calls`, and `DELETE state` clears it. `POST settings` changes the
    dataclass in `settings`, if there is one; `controls` are the other control requests. What routes and controls name
    is called with `lock` held. Hold it elsewhere while you read or change what the sandbox holds: threads share it.

    `now` returns the Unix time in seconds; there is no other clock.
    """

    name: str
    credential: str  # the only one that it accepts
    # An entity that it holds from the start for each kind of entity that its connector's operations touch. Destinations
    # that the operator did not bind are bound to it.
    destinations: Sequence[str] = ()
    # Each function gets the sandbox, the request, and the groups of the pattern, percent-decoded; it returns the JSON
    # of a 200, or a Response.
    routes: Sequence[Route] = ()
    # Each function gets the sandbox, the JSON object in the body, and the groups of the pattern; it returns the JSON of
    # the response.
    controls: Sequence[Route] = ()
    settings: Any = None

    def __init__(self, now: Callable[[], float]) -> None:
        self.now = now
        self.lock = threading.RLock()
        self._empty()

    @abstractmethod
    def clear(self) -> None:
        """Hold what there is from the start, and nothing else."""

    @abstractmethod
    def state(self) -> dict[str, Any]:
        """What it holds, for the control interface."""

    @abstractmethod
    def failed(self, status: int) -> Response:
        """The response of the provider, or of a proxy before it, when it fails with that status."""

    def refusal(self, request: Request) -> Response | None:
        """The response to a request that is not authenticated, None if it is: `credential` is a bearer token."""
        presented = request.headers.get("authorization", "")
        return None if same(presented, f"Bearer {self.credential}") else self.failed(401)

    def limits(self, request: Request) -> Mapping[str, str]:
        """The headers about the rate limit; counts the request. Raises ApiError if the limit is reached."""
        return {}

    def noted(self, request: Request, response: Response | None) -> Mapping[str, Any]:
        """What the log of calls says further of a request."""
        return {}

    def failure(self, status: int, retry_after: int | None = None) -> Response:
        """The response of `failed`, which says when to retry, in seconds."""
        return self.failed(status).with_headers({} if retry_after is None else {"Retry-After": str(retry_after)})

    def handle(self, request: Request, arriving: Hook = proceed, acting: Hook = proceed) -> Response:
        """Respond to one request, and log it.

        `arriving` is called before the request is read, and `acting` just before the operation is performed, both
        without the lock. If a hook returns a response, that is the response; `Dropped` is passed on.
        """
        response = None
        try:
            response = arriving() or self.respond(request, acting)
        except ApiError as error:
            response = error.response
        except Malformed:
            response = self.failed(400)
        finally:
            status = response.status if response else None  # None: the connection was dropped
            call = {"method": request.method, "path": request.path, "status": status}
            with self.lock:
                self.calls.append({**call, **self.noted(request, response)})
        return response

    def respond(self, request: Request, acting: Hook) -> Response:
        """Authenticate the request, and perform what its route names."""
        if refused := self.refusal(request):
            return refused
        found = _matching(self.routes, request.method, request.path)
        if found is None:
            return self.failed(404)
        if failed := acting():
            return failed
        perform, parts = found
        with self.lock:
            limits = self.limits(request)
            answer = perform(self, request, *parts)
            made = answer if isinstance(answer, Response) else Response.json(200, answer)
        return made.with_headers(limits)

    def control(self, method: str, path: str, body: bytes) -> Response:
        """Respond to a control request. Raises BadControl."""
        with self.lock:
            if (method, path) == ("GET", "state"):
                return Response.json(200, {**self.state(), "effects": self.effects, "calls": self.calls})
            if (method, path) == ("DELETE", "state"):
                self._empty()
                return Response.json(200, {"emptied": True})
            own: Sequence[Route] = [("POST", "settings", _set)] if self.settings else []
            if (found := _matching([*self.controls, *own], method, path)) is None:
                return no_such_control()
            perform, parts = found
            given = json_object(parse_json(body), "the body") if body else {}
            return Response.json(200, perform(self, given, *parts))

    def _empty(self) -> None:
        self.effects: list[dict[str, Any]] = []
        self.calls: list[dict[str, Any]] = []
        self.clear()


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
        given_texts = [name for name in ("text", "raw") if name in given]
        texts = {name: take(given, name, str, "", 0, LONGEST_SCRIPTED) for name in given_texts}
        stop = take(given, "stop", str, "")
        no_more(given)
        return cls(stop=stop, tools=tools, usage=usage, **texts)

    def counted(self, prompt: bytes) -> dict[str, int]:
        """The usage: as scripted, or by the bytes of the prompt and of the answer."""
        made = {"input": len(prompt), "output": len(self.text.encode()) + len(json.dumps(self.tools))}
        found = {name: max(1, size // BYTES_PER_TOKEN) for name, size in made.items()}
        return {"cache_read": 0, "cache_write": 0, **found, **self.usage}


class ScriptedModel(Provider):
    """The base class of a model provider's sandbox; its `routes` name `answer` for what calls the model.

    `POST script` with {"answers": […]} scripts the next answers, see `Scripted`; after them, and without any, it
    answers ANSWER. The sandbox server's faults throttle it, slow it down and cut it off. A model is declared in the
    agent's manifest, and is never a destination.
    """

    @abstractmethod
    def reply(self, request: Request, answer: Scripted) -> Mapping[str, Any]:
        """The body with `answer`, as the provider writes it."""

    def answer(self, request: Request) -> Any:
        """The next answer."""
        answer = self._script.pop(0) if self._script else Scripted()
        if answer.raw is not None:
            return Response(200, answer.raw.encode(), {"Content-Type": "application/json"})
        return self.reply(request, answer)

    def noted(self, request: Request, response: Response | None) -> Mapping[str, Any]:
        try:
            return {"request": request.json}
        except Malformed:
            return {"request": None}

    def clear(self) -> None:
        self._script: list[Scripted] = []

    def state(self) -> dict[str, Any]:
        return {"scripted": len(self._script)}

    def _add(self, given: dict[str, Any]) -> dict[str, Any]:
        answers = given.get("answers")
        if not isinstance(answers, list):
            raise BadControl("a script has a list of answers")
        self._script += [Scripted.read(answer) for answer in answers]
        return self.state()

    controls = (("POST", "script", _add),)


def basic(credential: str) -> str:
    """The Authorization header of basic authentication with `user:password`."""
    return f"Basic {base64.b64encode(credential.encode()).decode()}"


def same(presented: str, *known: str) -> bool:
    """Whether what a request presents is one of the known credentials, compared in constant time."""
    return any(hmac.compare_digest(presented.encode(errors="replace"), one.encode()) for one in known)


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
    """Remove and return the field. Raises BadControl unless it has that type and is within the bounds.

    The bounds of a string are those of its length; blanks at its ends do not count for the lower one.
    """
    value = given.pop(name, default)
    high = high or (MAX_TEXT if kind is str else 0)
    wrong = not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool)
    least, most = (len(value.strip()), len(value)) if isinstance(value, str) else (value, value)
    if wrong or (high and not (low <= least and most <= high)):
        bounds = f" from {low} to {high}" if high else ""
        text = f"a string of {low or 'up'} to {high} characters"
        names: dict[object, str] = {int: f"an integer{bounds}", str: text, bool: "true or false"}
        raise BadControl(f"{name} must be {names.get(kind, f'a number{bounds}')}")
    return value


def no_more(given: Mapping[str, Any]) -> None:
    """Raise BadControl if a field is left."""
    if given:
        raise BadControl(f"unknown field {next(iter(given))!r}")


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


def _set(provider: Provider, given: dict[str, Any]) -> dict[str, Any]:
    """Change the settings: flags and whole numbers, and None for one that is None by default. Raises BadControl."""
    defaults = {field.name: field.default for field in fields(provider.settings)}
    for name, value in given.items():
        default = defaults.get(name, "")
        number = type(value) is int and 0 <= value <= MOST_SET
        fits = type(value) is bool if isinstance(default, bool) else number or value is default is None
        if name not in defaults or not fits:
            raise BadControl(f"settings: {name} is unknown, or its value is")
    provider.settings = replace(provider.settings, **given)
    return {"set": given}


def _matching(routes: Sequence[Route], method: str, path: str) -> tuple[Callable[..., Any], list[str]] | None:
    """The function of the first route that fits, and the groups of its pattern."""
    for known, pattern, perform in routes:
        if known == method and (found := re.fullmatch(pattern, path)):
            return perform, [unquote(part) for part in found.groups()]
    return None


def _fields(text: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(text, True, max_num_fields=MOST_FIELDS))
    except ValueError:
        raise Malformed("too many fields") from None


def _is_deeper(value: object, levels: int) -> bool:
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels < 0 or any(_is_deeper(child, levels - 1) for child in children)
