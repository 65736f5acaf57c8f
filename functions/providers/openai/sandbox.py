"""OpenAI's sandbox: incoming calls of the Realtime API and sessions of the Live API, in memory.

It follows https://developers.openai.com/api/docs/guides/realtime-sip. Like OpenAI, it answers 200 to a session that
cannot start, and the call dies. A call that nobody announced rings too: the sandbox takes any id of the right form.
"""

import hmac
import json
import re
import threading
from collections.abc import Callable, Mapping
from typing import Any

from functions.api.sandbox import Hook, Request, Response, no_such_control, proceed

SANDBOX_KEY = "sk-hookline-sandbox-calls"  # valid for this sandbox only
CALL, SESSION = "rtc_Sandbox", "live_Sandbox"
PATHS = {
    "call": re.compile(r"/v1/realtime/calls/(rtc_\w+)/(accept|reject|refer|hangup)"),
    "session": re.compile(r"/v1/live/sessions/(live_\w+)/(accept|reject|refer|hangup)"),
}
TYPES = {"call": "realtime", "session": "live"}
# What a call becomes, by the state that it has and what is done.
BECOMES: Mapping[tuple[str, str], str] = {
    ("ringing", "accept"): "answered",
    ("ringing", "reject"): "refused",
    ("answered", "refer"): "transferred",
    ("answered", "hangup"): "over",
}


class OpenAI:
    """Responds to the operations on calls as OpenAI does, and records every request and what became of each call.

    `now` returns the Unix time in seconds; there is no other clock. It may be used from several threads.
    """

    name = "openai"
    credential = SANDBOX_KEY
    destinations = (f"openai:call/{CALL}", f"openai:session/{SESSION}")

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._empty()

    def handle(self, request: Request, arriving: Hook = proceed, acting: Hook = proceed) -> Response:
        """Respond to one request; no lock is held while the hooks run (see `functions.api.sandbox.Provider`)."""
        response = None
        try:
            response = arriving() or self._answer(request, acting)
        finally:
            status = response.status if response else None  # None: the connection was dropped
            with self._lock:
                self._calls.append({"method": request.method, "path": request.path, "status": status})
        return response

    def failure(self, status: int, retry_after: int | None = None) -> Response:
        """OpenAI's response when it fails with that status."""
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        word = "rate_limit_exceeded" if status == 429 else "server_error"
        return Response.json(status, {"error": {"code": word, "message": f"the sandbox: {word}"}}, headers)

    def control(self, method: str, path: str, body: bytes) -> Response:
        """Respond to `GET state` and `DELETE state`."""
        if (method, path) == ("GET", "state"):
            with self._lock:
                return Response.json(200, {"states": self._states, "effects": self._effects, "calls": self._calls})
        if (method, path) == ("DELETE", "state"):
            with self._lock:
                self._empty()
            return Response.json(200, {"emptied": True})
        return no_such_control()

    def _empty(self) -> None:
        self._states: dict[str, str] = {}  # by the id of a call or session
        self._effects: list[dict[str, Any]] = []
        self._calls: list[dict[str, Any]] = []

    def _answer(self, request: Request, acting: Hook) -> Response:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(errors="replace"), SANDBOX_KEY.encode()):
            return _error(401, "invalid_api_key")
        found = {kind: match for kind, path in PATHS.items() if (match := path.fullmatch(request.path))}
        if request.method != "POST" or not found:
            return _error(404, "not_found")
        ((kind, match),) = found.items()
        try:
            body = json.loads(request.body or b"{}")
        except ValueError:
            return _error(400, "invalid_json")
        return acting() or self._act(kind, match[1], match[2], body if isinstance(body, dict) else {})

    def _act(self, kind: str, id: str, name: str, body: Mapping[str, Any]) -> Response:
        if name == "refer" and not str(body.get("target_uri", "")).startswith(("tel:", "sip:")):
            return _error(400, "invalid_value")
        with self._lock:
            state = BECOMES.get((self._states.get(id, "ringing"), name))
            if state is None:
                return _error(404, "call_not_found")
            self._states[id] = state if name != "accept" or _starts(kind, body) else "died"
            self._effects.append({"kind": f"{kind}.{name}", "id": id, "call": id, **body})
        return Response.json(200, {})


def _starts(kind: str, body: Mapping[str, Any]) -> bool:
    """Whether a session with this body can start."""
    session = body if kind == "call" else body.get("session")
    if not isinstance(session, dict):
        return False
    return session.get("type") == TYPES[kind] and isinstance(session.get("model"), str)


def _error(status: int, code: str) -> Response:
    return Response.json(
        status, {"error": {"code": code, "message": f"the sandbox: {code}", "type": "invalid_request"}}
    )


SANDBOX = OpenAI
