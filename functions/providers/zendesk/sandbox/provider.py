"""The sandbox itself: from a request to its response."""

import base64
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from functions.api.sandbox import Hook, Request, Response, proceed
from functions.providers.zendesk.sandbox import controls, tickets
from functions.providers.zendesk.sandbox.account import CUSTOMER, TICKET, Account
from functions.providers.zendesk.sandbox.errors import ZendeskError

SANDBOX_TOKEN = "hookline@sandbox.example.com/token:hookline-sandbox"  # noqa: S105 - valid for this sandbox only
SANDBOX_OAUTH = "hookline-sandbox-oauth"

_Perform = Callable[[Account, Request, str], Any]


def _one(name: str, find: Callable[[Account, str], Any]) -> _Perform:
    return lambda account, request, id: {name: find(account, id)}


def _listed(
    name: str, find: Callable[[Account, str], Any], of: Callable[[Account], Mapping[int, list[Any]]]
) -> _Perform:
    def perform(account: Account, request: Request, id: str) -> Any:
        return tickets.page(request, name, of(account)[find(account, id)["id"]])

    return perform


_ID = r"([0-9]{1,18})"
ROUTES: tuple[tuple[str, str, _Perform], ...] = (
    ("GET", rf"/api/v2/tickets/{_ID}", _one("ticket", tickets.ticket)),
    ("PUT", rf"/api/v2/tickets/{_ID}", tickets.update),
    ("GET", rf"/api/v2/tickets/{_ID}/comments", _listed("comments", tickets.ticket, lambda one: one.comments)),
    ("GET", rf"/api/v2/tickets/{_ID}/audits", _listed("audits", tickets.ticket, lambda one: one.audits)),
    ("GET", rf"/api/v2/users/{_ID}", _one("user", tickets.user)),
    ("GET", rf"/api/v2/users/{_ID}/identities", _listed("identities", tickets.user, lambda one: one.identities)),
    ("GET", r"/api/v2/incremental/ticket_events()", lambda account, request, id: tickets.export(account, request)),
    ("GET", r"/api/v2/tickets/show_many()", lambda account, request, id: tickets.show_many(account, request)),
    ("GET", r"/api/v2/triggers/active()", lambda account, request, id: tickets.triggers(account, request)),
)


class Zendesk:
    """Responds to requests as Zendesk's API does, and records every call and every effect that took place.

    `now` returns the Unix time in seconds; there is no other clock. It may be used from several threads.
    """

    name = "zendesk"
    credential = SANDBOX_TOKEN
    destinations = (f"zendesk:ticket/{TICKET}", f"zendesk:user/{CUSTOMER}")

    def __init__(self, now: Callable[[], float]) -> None:
        self._account = Account(now)

    def handle(self, request: Request, arriving: Hook = proceed, acting: Hook = proceed) -> Response:
        """Respond to one request; no lock is held while the hooks run (see `functions.api.sandbox.Provider`)."""
        response = None
        try:
            response = arriving() or self._respond(request, acting)
        except ZendeskError as error:
            response = error.response
        finally:
            status = response.status if response else None  # None: the connection was dropped
            with self._account.lock:
                self._account.calls.append({"method": request.method, "path": request.path, "status": status})
        return response

    def failure(self, status: int, retry_after: int | None = None) -> Response:
        """The response of Zendesk, or of a proxy before it, when it fails with that status."""
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        word = "APIRateLimitExceeded" if status == 429 else "InternalServerError"
        return ZendeskError(status, word, "the sandbox was told to fail", headers).response

    def control(self, method: str, path: str, body: bytes) -> Response:
        """Respond to a control request, see `controls`."""
        with self._account.lock:
            return controls.respond(self._account, method, path, body)

    def _respond(self, request: Request, acting: Hook) -> Response:
        _authenticate(request.headers.get("authorization", ""))
        for method, path, perform in ROUTES:
            found = re.fullmatch(path, request.path)
            if found and method == request.method:
                return self._perform(request, found[1], perform, acting)
        raise ZendeskError(404, "InvalidEndpoint", "Not found")

    def _perform(self, request: Request, id: str, perform: _Perform, acting: Hook) -> Response:
        if failed := acting():
            return failed
        with self._account.lock:
            headers = tickets.limit(self._account) if request.method == "PUT" else {}
            answer = Response.json(200, perform(self._account, request, id))
        return replace(answer, headers={**answer.headers, **headers})


def _authenticate(authorization: str) -> None:
    """Raise ZendeskError unless the header presents the API token or the OAuth token."""
    known = (f"Basic {base64.b64encode(SANDBOX_TOKEN.encode()).decode()}", f"Bearer {SANDBOX_OAUTH}")
    if not any(hmac.compare_digest(authorization.encode(errors="replace"), one.encode()) for one in known):
        raise ZendeskError(401, "Couldn't authenticate you", "The credential is not valid")
