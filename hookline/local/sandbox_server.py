"""Serves sandbox providers over HTTP on this machine's loopback address, with faults on request.

The first segment of a path names the provider (`/stripe/v1/charges/…`); `/_sandbox/…` is the control
interface, which needs the header `X-Hookline-Control` with the stack's token:

    POST   /_sandbox/faults        arms a fault, see `Fault`
    DELETE /_sandbox/faults        removes every fault and releases waiting requests
    GET    /_sandbox/requests      what each provider received, see `RequestLog`
    *      /_sandbox/<provider>/…  calls that provider's `control`

`Sandbox` works without sockets; `SandboxServer` serves it.
"""

import ipaddress
import re
import socket
import socketserver
import struct
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from functions.api.sandbox import BadControl, Dropped, Provider, Request, Response, no_such_control, refusal
from hookline.local import guard
from hookline.local.control import HEADER
from hookline.local.faults import Fault, Faults, RequestFaults
from hookline.local.sandbox_log import RequestLog

MAX_BODY_BYTES = 1 << 20
LABEL = "Hookline sandbox: a local stand-in with invented data, not the real provider"


class Sandbox:
    """Routes each request to a provider or to the control interface, without sockets."""

    def __init__(self, providers: Sequence[Provider], control: str = "") -> None:
        """`control` is the token of the control interface; without one, the interface refuses every request."""
        self.control = control
        self.providers = {provider.name: provider for provider in providers}
        self.faults = Faults()
        self.logs = {name: RequestLog() for name in self.providers}

    def answer(self, request: Request, refused: int | None = None) -> Response:
        """The labelled response; `refused` is the status of a request that cannot be read. Raises `Dropped`."""
        name, slash, rest = request.path.removeprefix("/").partition("/")
        if name in self.providers:
            inner = replace(request, path=slash + rest)
            return self.labelled(self._call(self.providers[name], inner, refused), name)
        return self.labelled(self._own(request, rest, refused))

    def labelled(self, response: Response, name: str = "") -> Response:
        """The response with the header that marks it as the sandbox's."""
        return response.with_headers({"Hookline-Sandbox": name or ", ".join(self.providers)})

    def _call(self, provider: Provider, request: Request, refused: int | None) -> Response:
        status = None
        try:
            response = self._handle(provider, request, refused)
            status = response.status
        finally:
            self.logs[provider.name].add(request, status)
        return response

    def _handle(self, provider: Provider, request: Request, refused: int | None) -> Response:
        if refused is not None:
            return provider.handle(request, arriving=lambda: provider.failure(refused))
        faults = RequestFaults(self.faults, provider, request)
        response = provider.handle(request, faults.arriving, faults.acting)
        if faults.drops_response:
            raise Dropped
        return response

    def _own(self, request: Request, rest: str, refused: int | None) -> Response:
        if refused is not None:
            return refusal(refused, "the body is over 1 MB, or the request has no valid Content-Length")
        if request.path == "/" and request.method in ("GET", "HEAD"):
            line = f"{LABEL}. Serves: {', '.join('/' + name for name in self.providers)}\n"
            return Response(200, line.encode(), {"Content-Type": "text/plain; charset=utf-8"})
        if not request.path.startswith("/_sandbox/"):
            return refusal(404, f"no such provider; the sandbox serves: {', '.join(self.providers)}")
        if not guard.holds(request.headers.get(HEADER.lower(), ""), self.control):
            return refusal(403, f"the control interface needs the header {HEADER}, as in .hookline/control")
        try:
            return self._control(request, rest)
        except BadControl as error:
            return refusal(400, str(error))

    def _control(self, request: Request, rest: str) -> Response:
        name, _, path = rest.partition("/")
        if name in self.providers:
            if (request.method, path) == ("DELETE", "state"):
                self.logs[name].clear()
            return self.providers[name].control(request.method, path, request.body)
        if (request.method, rest) == ("POST", "faults"):
            fault = Fault.parse(request.body, tuple(self.providers))
            return Response.json(200, {"armed": self.faults.arm(fault)})
        if (request.method, rest) == ("DELETE", "faults"):
            return Response.json(200, {"cleared": self.faults.clear()})
        if (request.method, rest) == ("GET", "requests"):
            return Response.json(200, {name: log.content() for name, log in self.logs.items()})
        return no_such_control()


class SandboxServer:
    """A sandbox that listens on a loopback address; it serves while its context is open."""

    def __init__(
        self, providers: Sequence[Provider], control: str = "", *, port: int = 0, host: str = "127.0.0.1"
    ) -> None:
        """Bind the address. Raises `ValueError` for a host that is not an IPv4 loopback address."""
        if not _is_loopback(host):
            raise ValueError(f"the sandbox binds IPv4 loopback addresses only, not {host!r}")
        self.sandbox = Sandbox(providers, control)
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
        # Without HTTPServer's lookup of the host's name, which takes seconds on some machines.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def handle_error(self, request: object, client_address: object) -> None:
        error = sys.exception()
        if not isinstance(error, OSError):  # an OSError is a client that disconnected
            print(f"sandbox: {type(error).__name__}: {error}", file=sys.stderr)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30  # seconds, for a client that stops halfway
    disable_nagle_algorithm = True  # otherwise the body may wait until the client acknowledges the headers
    server: _HTTPServer

    def _serve(self) -> None:
        body, refused = self._body()
        if reason := guard.refusal(self.command, self.headers.items(), self.server.server_port):
            self._send(self.server.sandbox.labelled(refusal(403, reason)))
            return
        path, _, query = self.path.partition("?")
        # A folded header keeps its line break, which must not get into a header of the response.
        headers = {name.lower(): " ".join(value.split()) for name, value in self.headers.items()}
        try:
            response = self.server.sandbox.answer(Request(self.command, path, query, headers, body), refused)
        except Dropped:
            self._reset()
        except Exception as error:  # an error in a sandbox provider must not look like a network fault to its caller
            self.close_connection = True
            failed = refusal(500, f"the sandbox failed: {type(error).__name__}")
            self._send(self.server.sandbox.labelled(failed))
            raise
        else:
            self._send(response)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve

    def _body(self) -> tuple[bytes, int | None]:
        """The body, or the status that refuses it; an unread body closes the connection."""
        lengths = self.headers.get_all("Content-Length", ["0"])
        if "Transfer-Encoding" in self.headers:
            return self._unread(411)
        if len(lengths) != 1 or not re.fullmatch("[0-9]{1,15}", lengths[0].strip()):
            return self._unread(400)
        length = int(lengths[0])
        if length <= MAX_BODY_BYTES:
            body = self.rfile.read(length)
            if len(body) < length:
                raise ConnectionError("the client disconnected in the middle of the body, which is ignored")
            return body, None
        # A client that still sends when the connection closes would not receive the response.
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
        # With a linger time of zero, closing sends a reset, like a failing network.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Respond to an unreadable request, with the label that the standard library's page lacks."""
        self.close_connection = True
        self._send(self.server.sandbox.labelled(refusal(code, "the sandbox cannot read this request")))

    def version_string(self) -> str:
        return "HooklineSandbox"

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: a provider's state lists its calls."""


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.IPv4Address(host).is_loopback
    except ValueError:
        return False
