"""The sandbox itself: from a request to its response."""

import hmac
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from functions.api.sandbox import Hook, Request, Response, proceed
from functions.providers.hubspot.sandbox import controls, objects
from functions.providers.hubspot.sandbox.account import CONTACT, PORTAL, WINDOW, Account
from functions.providers.hubspot.sandbox.errors import HubSpotError

SANDBOX_TOKEN = "pat-hookline-sandbox"  # noqa: S105 - valid for this sandbox only

_Perform = Callable[[Account, Request, str], Any]

_CRM, _STATUSES = "/crm/objects/2026-09", "/communication-preferences/2026-09/statuses"
ROUTES: tuple[tuple[str, str, _Perform], ...] = (
    ("GET", r"/account-info/v3/(details)", objects.details),
    ("POST", rf"{_CRM}/contacts/batch/(upsert)", objects.upsert_contacts),
    ("POST", rf"{_CRM}/contacts/(search)", objects.search),
    ("POST", rf"{_CRM}/tasks/batch/(upsert)", objects.upsert_tasks),
    ("GET", rf"{_CRM}/contacts/([^/]+)", objects.read),
    ("PATCH", rf"{_CRM}/contacts/([^/]+)", objects.update),
    ("PUT", r"/crm/v4/objects/tasks/(\d+/associations/default/contacts/\d+)", objects.associate),
    ("GET", r"/crm/owners/(2026-09)", objects.owners),
    ("GET", rf"{_STATUSES}/([^/]+)", objects.statuses),
    ("GET", rf"{_STATUSES}/([^/]+)/unsubscribe-all", objects.from_all),
)


class HubSpot:
    """Responds to requests as HubSpot's API does, and records every call and every effect that took place.

    `now` returns the Unix time in seconds; there is no other clock. It may be used from several threads.
    """

    name = "hubspot"
    credential = SANDBOX_TOKEN
    destinations = (f"hubspot:portal/{PORTAL}", f"hubspot:contact/{CONTACT}", "person:email/ada@example.com")

    def __init__(self, now: Callable[[], float]) -> None:
        self._account = Account(now)

    def handle(self, request: Request, arriving: Hook = proceed, acting: Hook = proceed) -> Response:
        """Respond to one request; no lock is held while the hooks run (see `functions.api.sandbox.Provider`)."""
        response = None
        try:
            response = arriving() or self._respond(request, acting)
        except HubSpotError as error:
            response = error.response
        finally:
            status = response.status if response else None  # None: the connection was dropped
            with self._account.lock:
                self._account.calls.append({"method": request.method, "path": request.path, "status": status})
        return response

    def failure(self, status: int, retry_after: int | None = None) -> Response:
        """The response of HubSpot, or of a proxy before it, when it fails with that status."""
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        category = "RATE_LIMITS" if status == 429 else "INTERNAL_ERROR"
        return HubSpotError(status, category, "the sandbox was told to fail", headers).response

    def control(self, method: str, path: str, body: bytes) -> Response:
        """Respond to a control request, see `controls`."""
        with self._account.lock:
            return controls.respond(self._account, method, path, body)

    def _respond(self, request: Request, acting: Hook) -> Response:
        presented = request.headers.get("authorization", "").encode(errors="replace")
        if not hmac.compare_digest(presented, f"Bearer {SANDBOX_TOKEN}".encode()):
            raise HubSpotError(401, "INVALID_AUTHENTICATION", "the token is not valid")
        for method, path, perform in ROUTES:
            found = re.fullmatch(path, request.path)
            if found and method == request.method:
                return self._perform(request, unquote(found[1]), perform, acting)
        raise HubSpotError(404, "OBJECT_NOT_FOUND", "no such path")

    def _perform(self, request: Request, id: str, perform: _Perform, acting: Hook) -> Response:
        if failed := acting():
            return failed
        with self._account.lock:
            headers = self._limit()
            answer = perform(self._account, request, id.replace("/associations/default/contacts", ""))
            status = 207 if isinstance(answer, dict) and answer.get("numErrors") else 200
            made = Response.json(status, answer)
        return replace(made, headers={**made.headers, **headers})

    def _limit(self) -> dict[str, str]:
        """The headers of the limit of requests. Raises HubSpotError if it is reached."""
        account, now = self._account, self._account.now()
        account.requests = [at for at in account.requests if at > now - WINDOW]
        left = account.settings.requests_per_window - len(account.requests)
        headers = {
            "X-HubSpot-RateLimit-Interval-Milliseconds": str(WINDOW * 1000),
            "X-HubSpot-RateLimit-Max": str(account.settings.requests_per_window),
            "X-HubSpot-RateLimit-Remaining": str(max(0, left - 1)),
        }
        if left <= 0:
            raise HubSpotError(429, "RATE_LIMITS", "You have reached your ten secondly limit.", headers)
        account.requests.append(now)
        return headers
