"""Slack's sandbox: the part of its Web API that Hookline calls, in memory.

It follows https://docs.slack.dev/reference/methods/chat.postMessage and …/conversations.history. Like Slack, it answers
200 to nearly everything and reports the outcome in the body.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from functions.api.sandbox import ApiError, Hook, Malformed, Provider, Request, Response, same

SANDBOX_TOKEN = "xoxb-hookline-sandbox"  # noqa: S105 - valid for this sandbox only
CHANNEL = "C0SANDBOX01"  # the only channel
LONGEST_TEXT = 40_000  # characters
MOST_LISTED = 999
EVENT_TYPE = re.compile(r"[A-Za-z0-9_]+")


@dataclass
class Settings:
    """How Slack behaves; a control request changes it. `most_listed` is how many messages a page has at most."""

    most_listed: int = MOST_LISTED


class SlackError(ApiError):
    """An error, by the error code of Slack's API."""

    def __init__(self, code: str, status: int = 200) -> None:
        super().__init__(Response.json(status, {"ok": False, "error": code}))


class Slack(Provider):
    """Responds to requests as Slack's Web API does, and keeps every message that was posted."""

    name = "slack"
    credential = SANDBOX_TOKEN
    destinations = (f"slack:channel/{CHANNEL}",)
    settings: Settings

    def clear(self) -> None:
        self.settings = Settings()
        self.messages: list[dict[str, Any]] = []  # the oldest first

    def state(self) -> dict[str, Any]:
        return {"messages": self.messages}

    def failed(self, status: int) -> Response:
        return SlackError("ratelimited" if status == 429 else "internal_error", status).response

    def respond(self, request: Request, acting: Hook) -> Response:
        if request.path not in METHODS:
            raise SlackError("unknown_method")
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise SlackError("not_authed")
        if not same(token.strip(), SANDBOX_TOKEN):
            raise SlackError("invalid_auth")
        try:
            given = request.form
        except Malformed:
            raise SlackError("invalid_form_data") from None
        if given.get("channel") != CHANNEL:
            raise SlackError("channel_not_found")
        if failed := acting():
            return failed
        with self.lock:
            return Response.json(200, {"ok": True, **METHODS[request.path](self, given)})


def _post(slack: Slack, given: Mapping[str, str]) -> dict[str, Any]:
    text, metadata = given.get("text", ""), _metadata(given.get("metadata", ""))
    if not text.strip():
        raise SlackError("no_text")
    if len(text) > LONGEST_TEXT:
        raise SlackError("msg_too_long")
    ts = f"{int(slack.now())}.{len(slack.messages):06}"
    message = {"type": "message", "bot_id": "B0SANDBOX", "text": text, "ts": ts}
    slack.messages.append({**message, **({"metadata": metadata} if metadata else {})})
    slack.effects.append({"kind": "message.post", "id": ts, "channel": CHANNEL})
    return {"channel": CHANNEL, "ts": ts, "message": message}


def _history(slack: Slack, given: Mapping[str, str]) -> dict[str, Any]:
    limit = given.get("limit", "100")
    if not limit.isdecimal() or not 1 <= int(limit) <= MOST_LISTED:
        raise SlackError("invalid_limit")
    omitted = set() if given.get("include_all_metadata") == "true" else {"metadata"}
    cursor = given.get("cursor") or "0"
    if not cursor.isdecimal():
        raise SlackError("invalid_cursor")
    end = int(cursor) + min(int(limit), slack.settings.most_listed)
    newest = slack.messages[::-1][int(cursor) : end]
    listed = [{name: message[name] for name in message if name not in omitted} for message in newest]
    more = end < len(slack.messages)
    following = {"response_metadata": {"next_cursor": str(end)}} if more else {}
    return {"messages": listed, "has_more": more, **following}


METHODS: Mapping[str, Callable[[Slack, Mapping[str, str]], dict[str, Any]]] = {
    "/api/chat.postMessage": _post,
    "/api/conversations.history": _history,
}


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
