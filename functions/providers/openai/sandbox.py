"""OpenAI's sandbox: incoming calls of the Realtime API and sessions of the Live API, in memory.

It follows https://developers.openai.com/api/docs/guides/realtime-sip and what people report: 200 proves little. A
session that cannot start gets 200, and the call dies; so does one whose caller has hung up, and a transfer may send no
REFER. A call that nobody announced rings too: the sandbox takes any id of the right form.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

from functions.api.sandbox import ApiError, BadControl, Provider, Request, Response, no_more, take

SANDBOX_KEY = "sk-hookline-sandbox-calls"  # valid for this sandbox only
CALL, SESSION = "rtc_Sandbox", "live_Sandbox"
TYPES = {"call": "realtime", "session": "live"}
LONGEST_RING = 3600
ERRORS: Mapping[int, str] = {
    400: "invalid_json",
    401: "invalid_api_key",
    404: "not_found",
    429: "rate_limit_exceeded",
}
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


class OpenAI(Provider):
    """Responds to the operations on calls as OpenAI does, and records what became of each call.

    `POST calls` with {"call": "rtc_…", "session": "live_…"} announces one call under both ids: the first that is
    accepted has it. It rings for `seconds`; with `"there": false` the caller has hung up, and with `"refers": false` a
    transfer is answered with 200 and sends no REFER.
    """

    name = "openai"
    credential = SANDBOX_KEY
    destinations = (f"openai:call/{CALL}", f"openai:session/{SESSION}")

    def clear(self) -> None:
        self.ringing: dict[str, Ringing] = {}  # by the id of a call or session

    def state(self) -> dict[str, Any]:
        return {"states": {id: self._state(id, one) for id, one in self.ringing.items()}}

    def failed(self, status: int) -> Response:
        return _error(status, ERRORS.get(status, "server_error"))

    def _announce(self, given: dict[str, Any]) -> Any:
        ids = [take(given, "call", str, ""), take(given, "session", str, "")]
        prefixed = [id for id, prefix in zip(ids, ("rtc_", "live_"), strict=True) if id.startswith(prefix)]
        if not prefixed or len(prefixed) != len([id for id in ids if id]):
            raise BadControl("a call has a call, rtc_…, or a session, live_…")
        until = self.now() + take(given, "seconds", (int, float), LONGEST_RING, 0, LONGEST_RING)
        made = Ringing(prefixed[0], until, take(given, "there", bool, True), take(given, "refers", bool, True))
        no_more(given)
        self.ringing |= dict.fromkeys(prefixed, made)
        return {"rings": prefixed}

    def _act(self, request: Request, id: str, name: str) -> Response:
        kind, body = "session" if id.startswith("live_") else "call", request.json if request.body else {}
        if name == "refer" and not str(body.get("target_uri", "")).startswith(("tel:", "sip:")):
            raise ApiError(_error(400, "invalid_value"))
        if (kind, name) == ("session", "reject") and not isinstance(body.get("status_code"), int):
            raise ApiError(_error(400, "missing_required_parameter"))
        ringing = self.ringing.setdefault(id, Ringing(id))
        becomes = BECOMES.get((self._state(id, ringing), name))
        if becomes is None:
            raise ApiError(_error(404, "call_id_not_found"))
        ringing.answers = ringing.answers or id
        if name == "accept":
            becomes = ringing.accepted(_starts(kind, body))
        elif name == "refer" and not ringing.refers:
            becomes = ringing.state
        ringing.state = becomes
        self.effects.append({"kind": f"{kind}.{name}", "id": id, "call": ringing.id, "became": becomes, **body})
        return Response(200, b"")  # as OpenAI does: there is no body

    def _state(self, id: str, ringing: Ringing) -> str:
        """The state of a call under one of its ids."""
        if ringing.answers not in ("", id):
            return "answered as the other"
        return "expired" if ringing.state == "ringing" and self.now() > ringing.until else ringing.state

    routes = (
        ("POST", r"/v1/realtime/calls/(rtc_\w+)/(accept|reject|refer|hangup)", _act),
        ("POST", r"/v1/live/sessions/(live_\w+)/(accept|reject|refer|hangup)", _act),
    )
    controls = (("POST", "calls", _announce),)


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
