"""Slack's sandbox: the part of its Web API that Hookline calls, in memory.

It follows https://docs.slack.dev/reference/methods/chat.postMessage and …/conversations.history. Like Slack, it answers
200 to nearly everything and reports the outcome in the body.
"""

import hmac
import json
import re
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from functions.api.sandbox import Hook, Request, Response, no_such_control, proceed

SANDBOX_TOKEN = "xoxb-hookline-sandbox"  # noqa: S105 - valid for this sandbox only
CHANNEL = "C0SANDBOX01"  # the only channel
LONGEST_TEXT = 40_000  # characters
MOST_LISTED = 999
EVENT_TYPE = re.compile(r"[A-Za-z0-9_]+")


class SlackError(Exception):
    """An error; its message is the error code of Slack's API."""

    @property
    def response(self) -> Response:
        return Response.json(200, {"ok": False, "error": str(self)})


class Slack:
    """Responds to requests as Slack's Web API does, and records every call and every message that was posted.

    `now` returns the Unix time in seconds; there is no other clock. It may be used from several threads.
    """

    name = "slack"
    credential = SANDBOX_TOKEN
    destinations = (f"slack:channel/{CHANNEL}",)

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._empty()

    def handle(self, request: Request, arriving: Hook = proceed, acting: Hook = proceed) -> Response:
        """Respond to one request; no lock is held while the hooks run (see `functions.api.sandbox.Provider`)."""
        response = None
        try:
            response = arriving() or self._answer(request, acting)
        except SlackError as error:
            response = error.response
        finally:
            status = response.status if response else None  # None: the connection was dropped
            with self._lock:
                self._calls.append({"method": request.method, "path": request.path, "status": status})
        return response

    def failure(self, status: int, retry_after: int | None = None) -> Response:
        """The response of Slack, or of a proxy before it, when it fails with that status."""
        word = "ratelimited" if status == 429 else "internal_error"
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        return Response.json(status, {"ok": False, "error": word}, headers)

    def control(self, method: str, path: str, body: bytes) -> Response:
        """Respond to `GET state` and `DELETE state`."""
        if (method, path) == ("GET", "state"):
            with self._lock:
                effects = [
                    {"kind": "message.post", "id": message["ts"], "channel": CHANNEL} for message in self._messages
                ]
                return Response.json(200, {"messages": self._messages, "effects": effects, "calls": self._calls})
        if (method, path) == ("DELETE", "state"):
            with self._lock:
                self._empty()
            return Response.json(200, {"emptied": True})
        return no_such_control()

    def _empty(self) -> None:
        self._messages: list[dict[str, Any]] = []  # the oldest first
        self._calls: list[dict[str, Any]] = []

    def _answer(self, request: Request, acting: Hook) -> Response:
        methods = {"/api/chat.postMessage": self._post, "/api/conversations.history": self._history}
        if request.path not in methods:
            raise SlackError("unknown_method")
        _authenticate(request.headers.get("authorization", ""))
        given = _fields(request)
        if given.get("channel") != CHANNEL:
            raise SlackError("channel_not_found")
        perform = methods[request.path](given)
        return acting() or Response.json(200, {"ok": True, **perform()})

    def _post(self, given: dict[str, str]) -> Callable[[], dict[str, Any]]:
        text, metadata = given.get("text", ""), _metadata(given.get("metadata", ""))
        if not text.strip():
            raise SlackError("no_text")
        if len(text) > LONGEST_TEXT:
            raise SlackError("msg_too_long")

        def perform() -> dict[str, Any]:
            with self._lock:
                ts = f"{int(self._now())}.{len(self._messages):06}"
                message = {"type": "message", "bot_id": "B0SANDBOX", "text": text, "ts": ts}
                self._messages.append({**message, **({"metadata": metadata} if metadata else {})})
            return {"channel": CHANNEL, "ts": ts, "message": message}

        return perform

    def _history(self, given: dict[str, str]) -> Callable[[], dict[str, Any]]:
        limit = given.get("limit", "100")
        if not limit.isdecimal() or not 1 <= int(limit) <= MOST_LISTED:
            raise SlackError("invalid_limit")
        omitted = set() if given.get("include_all_metadata") == "true" else {"metadata"}

        def perform() -> dict[str, Any]:
            with self._lock:
                newest = self._messages[::-1]
            listed = [
                {name: message[name] for name in message if name not in omitted} for message in newest[: int(limit)]
            ]
            return {"messages": listed, "has_more": len(newest) > len(listed)}

        return perform


def _authenticate(authorization: str) -> None:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise SlackError("not_authed")
    if not hmac.compare_digest(token.strip().encode(errors="replace"), SANDBOX_TOKEN.encode()):
        raise SlackError("invalid_auth")


def _fields(request: Request) -> dict[str, str]:
    form = request.body.decode(errors="replace") if request.method == "POST" else ""
    try:
        return dict(parse_qsl("&".join(filter(None, (request.query, form))), True, max_num_fields=200))
    except ValueError:
        raise SlackError("invalid_form_data") from None


def _metadata(text: str) -> dict[str, Any] | None:
    if not text:
        return None
    try:
        metadata: dict[str, Any] = json.loads(text)
        known = EVENT_TYPE.fullmatch(metadata["event_type"]) and isinstance(metadata["event_payload"], dict)
    except (ValueError, KeyError, TypeError, RecursionError):
        known = False
    if not known:
        raise SlackError("invalid_metadata_format")
    return metadata


SANDBOX = Slack
