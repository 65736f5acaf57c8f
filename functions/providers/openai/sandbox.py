"""OpenAI's sandbox: incoming calls of the Realtime API and sessions of the Live API, in memory.

It follows https://developers.openai.com/api/docs/guides/realtime-sip and what people report: 200 proves little. A
session that cannot start gets 200, and the call dies; so does one whose caller has hung up, and a transfer may send no
REFER. A call that nobody announced rings too: the sandbox takes any id of the right form.
"""

import hmac
import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

from functions.api.sandbox import (
    BadControl,
    Hook,
    Request,
    Response,
    json_object,
    no_such_control,
    parse_json,
    proceed,
    take,
)

SANDBOX_KEY = "sk-hookline-sandbox-calls"  # valid for this sandbox only
CALL, SESSION = "rtc_Sandbox", "live_Sandbox"
PATHS = {
    "call": re.compile(r"/v1/realtime/calls/(rtc_\w+)/(accept|reject|refer|hangup)"),
    "session": re.compile(r"/v1/live/sessions/(live_\w+)/(accept|reject|refer|hangup)"),
}
TYPES = {"call": "realtime", "session": "live"}
LONGEST_RING = 3600
# What a call becomes, by the state that it has and what is done.
BECOMES: Mapping[tuple[str, str], str] = {
    ("ringing", "accept"): "answered",
    ("ringing", "reject"): "refused",
    ("answered", "refer"): "transferred",
    ("answered", "hangup"): "over",
    ("alone", "refer"): "alone",
    ("alone", "hangup"): "over",
}


@dataclass
class Ringing:
    """A SIP call, which may be announced under two ids: a `call` of the one API, and a `session` of the other.

    It rings `until` a time. `there` is whether the caller still waits, `refers` whether a transfer sends a REFER.
    `answers` is the id that was accepted or refused first.
    """

    id: str
    until: float = inf
    there: bool = True
    refers: bool = True
    state: str = "ringing"
    answers: str = ""

    def accepted(self, starts: bool) -> str:
        """Its state once it is accepted: OpenAI answers 200 in any case."""
        return "died" if not starts else "answered" if self.there else "alone"


class OpenAI:
    """Responds to the operations on calls as OpenAI does, and records every request and what became of each call.

    `now` returns the Unix time in seconds; there is no other clock. It may be used from several threads.

    `POST calls` with {"call": "rtc_…", "session": "live_…"} announces one call under both ids: the first that is
    accepted has it. It rings for `seconds`; with `"there": false` the caller has hung up, and with `"refers": false` a
    transfer is answered with 200 and sends no REFER.
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
        """Respond to `POST calls`, `GET state` and `DELETE state`."""
        if (method, path) == ("POST", "calls"):
            ids, ringing = self._announced(body)
            with self._lock:
                self._ringing |= dict.fromkeys(ids, ringing)
            return Response.json(200, {"rings": ids})
        if (method, path) == ("GET", "state"):
            with self._lock:
                states = {id: self._state(id, one) for id, one in self._ringing.items()}
                return Response.json(200, {"states": states, "effects": self._effects, "calls": self._calls})
        if (method, path) == ("DELETE", "state"):
            with self._lock:
                self._empty()
            return Response.json(200, {"emptied": True})
        return no_such_control()

    def _announced(self, body: bytes) -> tuple[list[str], Ringing]:
        given = json_object(parse_json(body), "a call")
        ids = [take(given, "call", str, ""), take(given, "session", str, "")]
        prefixed = [id for id, prefix in zip(ids, ("rtc_", "live_"), strict=True) if id.startswith(prefix)]
        if not prefixed or len(prefixed) != len([id for id in ids if id]):
            raise BadControl("a call has a call, rtc_…, or a session, live_…")
        until = self._now() + take(given, "seconds", (int, float), LONGEST_RING, 0, LONGEST_RING)
        made = Ringing(prefixed[0], until, take(given, "there", bool, True), take(given, "refers", bool, True))
        if given:
            raise BadControl(f"unknown field {next(iter(given))!r}")
        return prefixed, made

    def _empty(self) -> None:
        self._ringing: dict[str, Ringing] = {}  # by the id of a call or session
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
        if (kind, name) == ("session", "reject") and not isinstance(body.get("status_code"), int):
            return _error(400, "missing_required_parameter")
        with self._lock:
            ringing = self._ringing.setdefault(id, Ringing(id))
            becomes = BECOMES.get((self._state(id, ringing), name))
            if becomes is None:
                return _error(404, "call_id_not_found")
            ringing.answers = ringing.answers or id
            if name == "accept":
                becomes = ringing.accepted(_starts(kind, body))
            elif name == "refer" and not ringing.refers:
                becomes = ringing.state
            ringing.state = becomes
            self._effects.append({"kind": f"{kind}.{name}", "id": id, "call": ringing.id, "became": becomes, **body})
        return Response(200, b"")  # as OpenAI does: there is no body

    def _state(self, id: str, ringing: Ringing) -> str:
        """The state of a call under one of its ids."""
        if ringing.answers not in ("", id):
            return "answered as the other"
        return "expired" if ringing.state == "ringing" and self._now() > ringing.until else ringing.state


def _starts(kind: str, body: Mapping[str, Any]) -> bool:
    """Whether a session with this body can start."""
    session = body if kind == "call" else body.get("session")
    if not isinstance(session, dict):
        return False
    text = isinstance(session.get("instructions", ""), str)
    return text and session.get("type") == TYPES[kind] and isinstance(session.get("model"), str)


def _error(status: int, code: str) -> Response:
    return Response.json(
        status, {"error": {"code": code, "message": f"the sandbox: {code}", "type": "invalid_request"}}
    )


SANDBOX = OpenAI
