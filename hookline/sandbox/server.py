"""Serves sandbox providers over HTTP on this machine's loopback address, with faults on request.

The first segment of a path names the provider (`/stripe/v1/charges/…`); `/_sandbox/…` is the control
interface, which is no provider's and which only a request with the header `X-Sandbox-Control: 1` may use:

    POST   /_sandbox/faults        arms a fault, see `Fault`
    DELETE /_sandbox/faults        disarms every fault and lets held requests go
    *      /_sandbox/<provider>/…  is answered by that provider's `control`

`Sandbox` decides without sockets; `SandboxServer` puts it on one.
"""

import fnmatch
import ipaddress
import json
import re
import socket
import socketserver
import struct
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Protocol

MAX_BODY_BYTES = 1 << 20
MAX_DEPTH = 50
MAX_TEXT = 1000
HOLD_SECONDS = 30
LABEL = "Hookline sandbox: a local stand-in with invented data, not the real provider"

FAULT_KINDS = ("status", "timeout", "reset", "after", "slow")


class Dropped(Exception):
    """The connection is to be closed without an answer."""


class BadControl(ValueError):
    """A control request is malformed; its one-line message goes back with a 400."""


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
    """One HTTP answer, as bytes, so that replaying it cannot change it."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def json(cls, status: int, value: object, headers: Mapping[str, str] | None = None) -> "Response":
        body = json.dumps(value, indent=2).encode() + b"\n"
        return cls(status, body, {"Content-Type": "application/json", **(headers or {})})


Hook = Callable[[], Response | None]


def proceed() -> None:
    """The hook that interferes with nothing."""


class Provider(Protocol):
    """What a provider's stand-in offers the server.

    `handle` calls `arriving` before it looks at the request and `acting` just before the operation takes
    place; a response that either returns is the answer instead, and `Dropped` passes through.
    """

    name: str

    def handle(self, request: Request, arriving: Hook = proceed, acting: Hook = proceed) -> Response: ...

    def failure(self, status: int, retry_after: int | None = None) -> Response: ...

    def control(self, method: str, path: str, body: bytes) -> Response: ...


@dataclass(frozen=True)
class Fault:
    """What goes wrong with the next `times` requests that match.

    - `reset`: the connection is reset; the request never arrives.
    - `timeout`: no answer, until the faults are cleared or 30 s pass, and then a reset; it never arrives.
    - `slow`: waits `seconds` (or until the faults are cleared) and then acts and answers.
    - `after`: acts, and resets the connection in place of the answer.
    - `status`: answers `status`, with `Retry-After: <retry_after>` if given, and does not act. With `saved`
      it comes from the operation itself, so the provider keeps it under the request's idempotency key;
      without, from something in front of it, such as a rate limiter. By default 5xx are saved.

    `method` and `path` (the provider's own, empty for any) are globs; `*` stays within one segment.
    """

    provider: str
    kind: str
    method: str
    path: str
    status: int
    retry_after: int | None
    times: int
    seconds: float
    saved: bool

    @property
    def on_arrival(self) -> bool:
        return self.kind in ("reset", "timeout") or (self.kind == "status" and not self.saved)

    def meets(self, provider: str, request: Request) -> bool:
        # Segment by segment, so that a pattern of many stars cannot backtrack over a long path.
        patterns, segments = self.path.split("/"), request.path.split("/")
        same = len(patterns) == len(segments) and all(map(fnmatch.fnmatchcase, segments, patterns))
        return (
            provider == self.provider and fnmatch.fnmatchcase(request.method, self.method) and (same or not self.path)
        )

    @classmethod
    def parse(cls, body: bytes, providers: Sequence[str]) -> "Fault":
        """Reads a fault from a control request's JSON, or raises `BadControl`."""
        given = json_object(parse_json(body), "a fault")
        match = json_object(given.pop("match", {}), "match")
        status = take(given, "status", int, 500, 400, 599)
        fault = cls(
            provider=one_of(given.pop("provider", None), providers, "provider"),
            kind=one_of(given.pop("fault", None), FAULT_KINDS, "fault"),
            method=take(match, "method", str, "*"),
            path=take(match, "path", str, ""),
            status=status,
            retry_after=take(given, "retry_after", int, None, 0, 3600) if "retry_after" in given else None,
            times=take(given, "times", int, 1, 1, 1000),
            seconds=take(given, "seconds", (int, float), 1, 0, HOLD_SECONDS),
            saved=take(given, "saved", bool, status >= 500),
        )
        if given or match:
            raise BadControl(f"unknown field {next(iter({**given, **match}))!r}")
        return fault


class Faults:
    """The armed faults; each is met in the order in which it was armed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._armed: list[list] = []  # [fault, times left]
        self._cleared = threading.Event()

    def arm(self, fault: Fault) -> int:
        with self._lock:
            self._armed.append([fault, fault.times])
            return len(self._armed)

    def clear(self) -> int:
        with self._lock:
            cleared, self._armed = len(self._armed), []
            self._cleared.set()
            self._cleared = threading.Event()
            return cleared

    def take(self, provider: str, request: Request, on_arrival: bool) -> tuple[Fault, threading.Event] | None:
        """Uses up one of the first matching fault, and gives it with the event that ends its waiting."""
        with self._lock:
            for entry in self._armed:
                if entry[0].on_arrival == on_arrival and entry[0].meets(provider, request):
                    entry[1] -= 1
                    if not entry[1]:
                        self._armed.remove(entry)
                    return entry[0], self._cleared
            return None


class _Passage:
    """One request's way past the faults."""

    def __init__(self, faults: Faults, provider: Provider, request: Request) -> None:
        self._faults, self._provider, self._request = faults, provider, request
        self.answer_lost = False

    def arriving(self) -> Response | None:
        return self._meet(on_arrival=True)

    def acting(self) -> Response | None:
        return self._meet(on_arrival=False)

    def _meet(self, on_arrival: bool) -> Response | None:
        taken = self._faults.take(self._provider.name, self._request, on_arrival)
        if taken is None:
            return None
        fault, cleared = taken
        if fault.kind == "status":
            return self._provider.failure(fault.status, fault.retry_after)
        if fault.kind == "slow":
            cleared.wait(fault.seconds)
            return None
        if fault.kind == "after":
            self.answer_lost = True
            return None
        if fault.kind == "timeout":
            cleared.wait(HOLD_SECONDS)
        raise Dropped


class Sandbox:
    """Routes each request to a provider or to the control interface; knows no sockets."""

    def __init__(self, providers: Sequence[Provider]) -> None:
        self.providers = {provider.name: provider for provider in providers}
        self.faults = Faults()

    def answer(self, request: Request, refused: int | None = None) -> Response:
        """Gives the labelled answer, or raises `Dropped`; `refused` is a status that bars the request."""
        name, slash, rest = request.path.removeprefix("/").partition("/")
        if name in self.providers:
            inner = replace(request, path=slash + rest)
            return self.labelled(self._call(self.providers[name], inner, refused), name)
        return self.labelled(self._own(request, rest, refused))

    def labelled(self, response: Response, name: str = "") -> Response:
        """The response with the header that every answer carries."""
        label = {"Hookline-Sandbox": name or ", ".join(self.providers)}
        return replace(response, headers={**response.headers, **label})

    def _call(self, provider: Provider, request: Request, refused: int | None) -> Response:
        if refused is not None:
            return provider.handle(request, arriving=lambda: provider.failure(refused))
        passage = _Passage(self.faults, provider, request)
        response = provider.handle(request, passage.arriving, passage.acting)
        if passage.answer_lost:
            raise Dropped
        return response

    def _own(self, request: Request, rest: str, refused: int | None) -> Response:
        if refused is not None:
            return _error(refused, "the body is over 1 MB, or the request does not say how long it is")
        if request.path == "/" and request.method in ("GET", "HEAD"):
            line = f"{LABEL}. Serves: {', '.join('/' + name for name in self.providers)}\n"
            return Response(200, line.encode(), {"Content-Type": "text/plain; charset=utf-8"})
        if not request.path.startswith("/_sandbox/"):
            return _error(404, f"no such provider; the sandbox serves: {', '.join(self.providers)}")
        if request.headers.get("x-sandbox-control") != "1":
            return _error(403, "the control interface needs the header X-Sandbox-Control: 1")
        try:
            return self._control(request, rest)
        except BadControl as error:
            return _error(400, str(error))

    def _control(self, request: Request, rest: str) -> Response:
        name, _, path = rest.partition("/")
        if name in self.providers:
            return self.providers[name].control(request.method, path, request.body)
        if (request.method, rest) == ("POST", "faults"):
            fault = Fault.parse(request.body, tuple(self.providers))
            return Response.json(200, {"armed": self.faults.arm(fault)})
        if (request.method, rest) == ("DELETE", "faults"):
            return Response.json(200, {"cleared": self.faults.clear()})
        return no_such_control()


class SandboxServer:
    """A sandbox listening on a loopback address; as a context manager it serves for as long as it is open."""

    def __init__(self, providers: Sequence[Provider], *, port: int = 0, host: str = "127.0.0.1") -> None:
        """Binds at once, and raises `ValueError` for a host that is not an IPv4 loopback address."""
        if not _is_loopback(host):
            raise ValueError(f"the sandbox binds IPv4 loopback addresses only, not {host!r}")
        self.sandbox = Sandbox(providers)
        self._http = _HTTPServer((host, port), _Handler)
        self._http.sandbox = self.sandbox
        self.url = f"http://{host}:{self._http.server_address[1]}"
        self.urls = {name: f"{self.url}/{name}" for name in self.sandbox.providers}
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> "SandboxServer":
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.sandbox.faults.clear()
        self._http.shutdown()
        self._http.server_close()


class _HTTPServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    sandbox: Sandbox

    def server_bind(self) -> None:
        # Without HTTPServer's look-up of the host's name, which takes seconds where names resolve badly.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]

    def handle_error(self, request: object, client_address: object) -> None:
        error = sys.exception()
        if not isinstance(error, OSError):  # an OSError is a client that went away
            print(f"sandbox: {type(error).__name__}: {error}", file=sys.stderr)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30  # seconds for a client that stops halfway
    disable_nagle_algorithm = True  # else the body may wait for the client to acknowledge the headers
    server: _HTTPServer

    def _serve(self) -> None:
        body, refused = self._body()
        path, _, query = self.path.partition("?")
        # A folded header keeps its line break, which must not come back in an answer's header.
        headers = {name.lower(): " ".join(value.split()) for name, value in self.headers.items()}
        try:
            response = self.server.sandbox.answer(Request(self.command, path, query, headers, body), refused)
        except Dropped:
            self._reset()
        except Exception as error:  # a mistake in a stand-in must not look like a network fault to its caller
            self.close_connection = True
            failed = _error(500, f"the sandbox failed: {type(error).__name__}")
            self._send(self.server.sandbox.labelled(failed))
            raise
        else:
            self._send(response)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve

    def _body(self) -> tuple[bytes, int | None]:
        """Reads the body, or gives the status that refuses it; what is left unread ends the connection."""
        lengths = self.headers.get_all("Content-Length", ["0"])
        if "Transfer-Encoding" in self.headers:
            return self._unread(411)
        if len(lengths) != 1 or not re.fullmatch("[0-9]{1,15}", lengths[0].strip()):
            return self._unread(400)
        length = int(lengths[0])
        if length <= MAX_BODY_BYTES:
            body = self.rfile.read(length)
            if len(body) < length:
                raise ConnectionError("the client went away halfway; half a body must not be acted on")
            return body, None
        # A client that is still sending when the connection closes would not see the answer.
        left = min(length, 8 * MAX_BODY_BYTES)
        while left and (chunk := self.rfile.read(min(left, 1 << 16))):
            left -= len(chunk)
        return self._unread(413)

    def _unread(self, status: int) -> tuple[bytes, int]:
        self.close_connection = True
        return b"", status

    def _send(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)

    def _reset(self) -> None:
        # With a linger of zero seconds, closing sends a reset, as a failing network does.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answers what never became a request, with the label that the standard library's page would lack."""
        self.close_connection = True
        self._send(self.server.sandbox.labelled(_error(code, "the sandbox cannot read this request")))

    def version_string(self) -> str:
        return "HooklineSandbox"

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: a provider's state lists its calls."""


def parse_json(body: bytes) -> object:
    """Reads JSON that can also be written again, or raises `BadControl`."""
    try:
        value = json.loads(body)
        json.dumps(value, allow_nan=False)
    except (ValueError, RecursionError) as error:
        raise BadControl(f"the body is not JSON: {error}") from None
    if _is_deeper(value, MAX_DEPTH):
        raise BadControl(f"the body is nested more than {MAX_DEPTH} levels deep")
    return value


def json_object(value: object, what: str) -> dict:
    """A copy of the object, or `BadControl`."""
    if not isinstance(value, dict):
        raise BadControl(f"{what} must be a JSON object")
    return dict(value)


def take(given: dict, name: str, kind: type | tuple, default: object, low: float = 0, high: float = 0):
    """Removes and gives the field, of that type and between those bounds, or raises `BadControl`."""
    value = given.pop(name, default)
    wrong = not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool)
    if wrong or (high and not low <= value <= high) or (kind is str and len(value) > MAX_TEXT):
        bounds = f" from {low} to {high}" if high else ""
        names = {int: "an integer", str: f"a string of up to {MAX_TEXT} characters", bool: "true or false"}
        raise BadControl(f"{name} must be {names.get(kind, 'a number')}{bounds}")
    return value


def one_of(value: object, choices: Sequence[str], name: str) -> str:
    """The value where it is one of the choices, or `BadControl`."""
    if value not in choices:
        raise BadControl(f"{name} must be one of: {', '.join(choices)}")
    return str(value)


def no_such_control() -> Response:
    """The answer to a control request that nobody knows."""
    return _error(404, "no such control; see hookline/sandbox/server.py")


def _error(status: int, message: str) -> Response:
    return Response.json(status, {"error": message})


def _is_deeper(value: object, levels: int) -> bool:
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels < 0 or any(_is_deeper(child, levels - 1) for child in children)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.IPv4Address(host).is_loopback
    except ValueError:
        return False
