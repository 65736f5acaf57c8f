"""The sandbox itself: from a request to its response."""

from collections.abc import Mapping

from functions.api.sandbox import Request, Response
from functions.providers.intercom.sandbox import conversations
from functions.providers.intercom.sandbox.account import CONTACT, CONVERSATION, Account
from functions.providers.intercom.sandbox.controls import CONTROLS
from functions.providers.intercom.sandbox.errors import IntercomError

SANDBOX_TOKEN = "hookline-sandbox-intercom"  # noqa: S105 - valid for this sandbox only
WINDOW = 10  # seconds
ERRORS: Mapping[int, str] = {
    400: "bad_request",
    401: "unauthorized",
    404: "not_found",
    429: "rate_limit_exceeded",
}

_ID = r"([A-Za-z0-9]{1,40})"
ROUTES = (
    ("GET", "/me", conversations.me),
    ("GET", rf"/contacts/{_ID}", conversations.contact),
    ("GET", rf"/conversations/{_ID}", conversations.read),
    ("POST", rf"/conversations/{_ID}/reply", conversations.reply),
    ("POST", rf"/conversations/{_ID}/parts", conversations.manage),
    ("POST", rf"/conversations/{_ID}/tags", conversations.tag),
    ("POST", "/tags", conversations.create_tag),
)


class Intercom(Account):
    """Responds to requests as Intercom's API does."""

    name = "intercom"
    credential = SANDBOX_TOKEN
    destinations = (f"intercom:conversation/{CONVERSATION}", f"intercom:contact/{CONTACT}")
    routes, controls = ROUTES, CONTROLS

    def failed(self, status: int) -> Response:
        return IntercomError(status, ERRORS.get(status, "server_error"), f"the sandbox answers {status}").response

    def limits(self, request: Request) -> Mapping[str, str]:
        number, most = int(self.now() // WINDOW), self.settings.requests_per_window
        before = self.window[1] if self.window[0] == number else 0
        self.window = (number, before + 1)
        headers = {
            "X-RateLimit-Limit": str(most),
            "X-RateLimit-Remaining": str(max(0, most - before - 1)),
            "X-RateLimit-Reset": str((number + 1) * WINDOW),
        }
        if before >= most:
            raise IntercomError(429, "rate_limit_exceeded", f"Exceeded rate limit of {most} in 10_seconds", headers)
        return headers
