"""Refuses what a web page in the operator's browser can send to the local stack's servers.

A loopback address authenticates nobody: any page can post to it, and a page whose name is rebound to 127.0.0.1 can
also read the answers. A browser names the page in `Origin` and `Sec-Fetch-Site`, and the rebound name in `Host`.
The emulator takes any signature of its root, so a call of an AWS API must name the stack's own root key, or the key of
a role's session, whose signature the emulator verifies. The control routes need the stack's token. Only the HTTP APIs
are for every program on this machine, as on AWS for everybody.

`refusal`, `control_refusal` and `credential_refusal` are pure; `guarded` applies them to an ASGI application.
"""

import hmac
import json
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import parse_qsl

from hookline.local.control import HEADER

NAMES = ("127.0.0.1", "localhost", "[::1]")
SITES = ("same-origin", "none")  # `none`: the operator typed the address
CONTROL_PREFIXES = ("/_ministack/", "/_localstack/")
CONTROL_PATHS = ("/health",)
HTTP_API = re.compile(r"/_aws/execute-api/\w+/", re.ASCII)  # any other path below it is no HTTP API to the emulator
SIGNED = re.compile(r"AWS4-HMAC-SHA256 Credential=(\w+)/", re.ASCII)
SESSION = re.compile(r"A[KS]IA[A-Z0-9]{16}", re.ASCII)
QUERY_CREDENTIALS = ("X-Amz-Credential", "AWSAccessKeyId")

Headers = Sequence[tuple[str, str]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[Any, Any, Send], Awaitable[None]]


def refusal(method: str, headers: Headers, port: int) -> str | None:
    """The reason to refuse a request to a server on this port, in one line; None if no other site's page can send it.

    `headers` are the name and value of each header line, with names in any case.
    """
    hosts = [f"{name}:{port}" for name in NAMES]
    given = _values(headers, "host")
    if len(given) != 1 or given[0].lower() not in hosts:
        return f"the Host header must be one of {', '.join(hosts)}"
    sites, origins = _values(headers, "sec-fetch-site"), {f"http://{host}" for host in hosts}
    if not set(sites) <= set(SITES):
        return "a page of another site must not call the local stack"
    if sites == ["same-origin"]:
        origins.add("null")  # the form of a page with `Referrer-Policy: no-referrer`, such as that of a review's link
    if not set(_values(headers, "origin")) <= origins:
        return "a page of another origin must not call the local stack"
    if method == "OPTIONS" and _values(headers, "access-control-request-method"):
        return "the local stack allows no cross-origin requests"
    return None


def is_control(path: str) -> bool:
    """Whether a decoded path is one of the emulator's control routes."""
    return path.startswith(CONTROL_PREFIXES) or path in CONTROL_PATHS


def control_refusal(path: str, headers: Headers, token: str) -> str | None:
    """The reason to refuse a request to one of the emulator's control routes; None if it has the token or is another.

    `path` is decoded, as the emulator itself compares it.
    """
    if not is_control(path):
        return None
    sent = _values(headers, HEADER.lower())
    return None if len(sent) == 1 and holds(sent[0], token) else f"the emulator's control routes need {HEADER}"


def credential_refusal(path: str, query: str, headers: Headers, root: str) -> str | None:
    """The reason to refuse a call of an AWS API that names another credential than `root` or a session's; None if none.

    `query` is the raw query string. Credentials in it are refused: the emulator would prefer them in some cases.
    """
    if HTTP_API.match(path) and not _values(headers, "x-amz-target"):
        return None
    given = _values(headers, "authorization")
    signed = SIGNED.match(given[0]) if len(given) == 1 else None
    if signed is None or any(name in QUERY_CREDENTIALS for name, _ in parse_qsl(query, keep_blank_values=True)):
        return "a call of an AWS API must be signed with Signature Version 4 in its Authorization header"
    if not hmac.compare_digest(signed[1].encode(), root.encode()) and not SESSION.fullmatch(signed[1]):
        return "the access key is not that of this local stack"
    return None


def holds(sent: str, token: str) -> bool:
    """Whether a request sent the token; no request holds an empty one."""
    return bool(token) and hmac.compare_digest(sent.encode(), token.encode())


def guarded(app: Application, port: int, token: str, root: str) -> Application:
    """The ASGI application behind the refusals (403), and without CORS headers in its answers."""

    async def guard(scope: Any, receive: Any, send: Send) -> None:
        if scope["type"] == "lifespan":
            await app(scope, receive, send)
            return
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        reason = refusal(scope.get("method", "GET"), headers, port) or _unauthorized(scope, headers, token, root)
        if reason is None:
            await app(scope, receive, _without_cors(send))
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close"})  # before it is accepted, this is a 403
        else:
            await _refuse(reason, send)

    return guard


def _unauthorized(scope: Any, headers: Headers, token: str, root: str) -> str | None:
    path, query = scope["path"], scope.get("query_string", b"").decode("latin-1")
    if is_control(path):
        return control_refusal(path, headers, token)
    return credential_refusal(path, query, headers, root)


async def _refuse(reason: str, send: Send) -> None:
    body = json.dumps({"error": reason}).encode()
    kind = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 403, "headers": kind})
    await send({"type": "http.response.body", "body": body})


def _without_cors(send: Send) -> Send:
    async def sending(message: dict[str, Any]) -> None:
        if "headers" in message:
            kept = [(name, value) for name, value in message["headers"] if not _is_cors(name)]
            message = {**message, "headers": kept}
        await send(message)

    return sending


def _is_cors(name: bytes) -> bool:
    return name.lower().startswith(b"access-control-")


def _values(headers: Headers, name: str) -> list[str]:
    return [value.strip() for header, value in headers if header.lower() == name]
