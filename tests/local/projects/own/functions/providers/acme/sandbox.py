"""Acme's sandbox on this machine: accepts replies, and returns them to tests."""

import base64
import json
from collections.abc import Callable

from functions.api.sandbox import Hook, Request, Response, no_such_control, proceed


class Acme:
    """Accepts a reply under basic authentication."""

    name = "acme"
    credential = "user:password"
    destinations = ("acme:note/sandbox",)

    def __init__(self, now: Callable[[], float]) -> None:
        self._replies: list[dict[str, object]] = []

    def handle(self, request: Request, arriving: Hook = proceed, acting: Hook = proceed) -> Response:
        """Responds to one request."""
        if interrupted := arriving():
            return interrupted
        expected = "Basic " + base64.b64encode(self.credential.encode()).decode()
        if request.headers.get("authorization") != expected:
            return self.failure(401)
        self._replies.append({"path": request.path, "body": json.loads(request.body)})
        return Response.json(201, {"id": f"r_{len(self._replies)}", "secret": "not for agents"})

    def failure(self, status: int, retry_after: int | None = None) -> Response:
        """Acme's response when it fails."""
        return Response.json(status, {"error": {"code": "failed"}})

    def control(self, method: str, path: str, body: bytes) -> Response:
        """Responds to `GET state`."""
        return (
            Response.json(200, {"replies": self._replies}) if (method, path) == ("GET", "state") else no_such_control()
        )


SANDBOX = Acme
