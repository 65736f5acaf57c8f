"""What a provider's sandbox imports: requests, responses, errors, and checks of control requests."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

MAX_DEPTH = 50
MAX_TEXT = 1000


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
