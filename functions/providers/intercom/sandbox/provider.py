"""The sandbox itself: from a request to its response."""

import hmac
import re
from collections.abc import Callable
from dataclasses import replace

from functions.api.sandbox import Hook, Request, Response, proceed
from functions.providers.intercom.sandbox import controls, conversations
from functions.providers.intercom.sandbox.account import CONTACT, CONVERSATION, Account, Object
from functions.providers.intercom.sandbox.errors import IntercomError

SANDBOX_TOKEN = "hookline-sandbox-intercom"  # noqa: S105 - valid for this sandbox only
WINDOW = 10  # seconds

_ID = r"([A-Za-z0-9]{1,40})"
ROUTES: tuple[tuple[str, str, Callable[[Account, Request, str], Object]], ...] = (
    ("GET", r"/me()", conversations.me),
    ("GET", rf"/contacts/{_ID}", conversations.contact),
    ("GET", rf"/conversations/{_ID}", conversations.read),
    ("POST", rf"/conversations/{_ID}/reply", conversations.reply),
    ("POST", rf"/conversations/{_ID}/parts", conversations.manage),
    ("POST", rf"/conversations/{_ID}/tags", conversations.tag),
    ("POST", r"/tags()", conversations.create_tag),
)


class Intercom:
    """Responds to requests as Intercom's API does, and records every call and every effect that took place.

    `now` returns the Unix time in seconds; there is no other clock. It may be used from several threads.
    """

    name = "intercom"
    credential = SANDBOX_TOKEN
    destinations = (f"intercom:conversation/{CONVERSATION}", f"intercom:contact/{CONTACT}")

    def __init__(self, now: Callable[[], float]) -> None:
        self._account = Account(now)

    def handle(self, request: Request, arriving: Hook = proceed, acting: Hook = proceed) -> Response:
        """Respond to one request; no lock is held while the hooks run (see `functions.api.sandbox.Provider`)."""
        response = None
        try:
            response = arriving() or self._respond(request, acting)
        except IntercomError as error:
            response = error.response
        finally:
            status = response.status if response else None  # None: the connection was dropped
            with self._account.lock:
                self._account.calls.append({"method": request.method, "path": request.path, "status": status})
        return response

    def failure(self, status: int, retry_after: int | None = None) -> Response:
        """The response of Intercom, or of a proxy before it, when it fails with that status."""
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        code = "rate_limit_exceeded" if status == 429 else "server_error"
        return IntercomError(status, code, "the sandbox was told to fail", headers).response

    def control(self, method: str, path: str, body: bytes) -> Response:
        """Respond to a control request, see `controls`."""
        with self._account.lock:
            return controls.respond(self._account, method, path, body)

    def _respond(self, request: Request, acting: Hook) -> Response:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(errors="replace"), SANDBOX_TOKEN.encode()):
            raise IntercomError(401, "unauthorized", "Access Token Invalid")
        limits = self._limit()
        for method, path, perform in ROUTES:
            found = re.fullmatch(path, request.path)
            if found and method == request.method:
                if failed := acting():
                    return failed
                with self._account.lock:
                    answer = Response.json(200, perform(self._account, request, found[1]))
                return replace(answer, headers={**answer.headers, **limits})
        raise IntercomError(404, "not_found", "Not Found")

    def _limit(self) -> dict[str, str]:
        """The headers of the limit. Raises IntercomError if it is reached."""
        with self._account.lock:
            account, window = self._account, int(self._account.now() // WINDOW)
            before = account.window[1] if account.window[0] == window else 0
            most = account.settings.requests_per_window
            account.window = (window, before + 1)
        headers = {
            "X-RateLimit-Limit": str(most),
            "X-RateLimit-Remaining": str(max(0, most - before - 1)),
            "X-RateLimit-Reset": str((window + 1) * WINDOW),
        }
        if before >= most:
            raise IntercomError(429, "rate_limit_exceeded", f"Exceeded rate limit of {most} in 10_seconds", headers)
        return headers
