"""The sandbox itself: from a request to its response."""

from collections.abc import Mapping

from functions.api.sandbox import Request, Response
from functions.providers.hubspot.sandbox import objects
from functions.providers.hubspot.sandbox.account import CONTACT, PORTAL, WINDOW, Account
from functions.providers.hubspot.sandbox.controls import CONTROLS
from functions.providers.hubspot.sandbox.errors import HubSpotError

SANDBOX_TOKEN = "pat-hookline-sandbox"  # noqa: S105 - valid for this sandbox only

ERRORS: Mapping[int, str] = {
    400: "VALIDATION_ERROR",
    401: "INVALID_AUTHENTICATION",
    404: "OBJECT_NOT_FOUND",
    429: "RATE_LIMITS",
}

_CRM, _STATUSES = "/crm/objects/2026-09", "/communication-preferences/2026-09/statuses"
ROUTES = (
    ("GET", "/account-info/v3/details", objects.details),
    ("POST", rf"{_CRM}/contacts/batch/upsert", objects.upsert_contacts),
    ("POST", rf"{_CRM}/contacts/search", objects.search),
    ("POST", rf"{_CRM}/tasks/batch/upsert", objects.upsert_tasks),
    ("GET", rf"{_CRM}/contacts/([^/]+)", objects.read),
    ("PATCH", rf"{_CRM}/contacts/([^/]+)", objects.update),
    ("PUT", r"/crm/v4/objects/tasks/(\d+)/associations/default/contacts/(\d+)", objects.associate),
    ("GET", "/crm/owners/2026-09", objects.owners),
    ("GET", rf"{_STATUSES}/([^/]+)", objects.statuses),
    ("GET", rf"{_STATUSES}/([^/]+)/unsubscribe-all", objects.from_all),
)


class HubSpot(Account):
    """Responds to requests as HubSpot's API does."""

    name = "hubspot"
    credential = SANDBOX_TOKEN
    destinations = (f"hubspot:portal/{PORTAL}", f"hubspot:contact/{CONTACT}", "person:email/ada@example.com")
    routes, controls = ROUTES, CONTROLS

    def failed(self, status: int) -> Response:
        return HubSpotError(status, ERRORS.get(status, "INTERNAL_ERROR"), f"the sandbox answers {status}").response

    def limits(self, request: Request) -> Mapping[str, str]:
        most, now = self.settings.requests_per_window, self.now()
        self.requests = [at for at in self.requests if at > now - WINDOW]
        left = most - len(self.requests)
        headers = {
            "X-HubSpot-RateLimit-Interval-Milliseconds": str(WINDOW * 1000),
            "X-HubSpot-RateLimit-Max": str(most),
            "X-HubSpot-RateLimit-Remaining": str(max(0, left - 1)),
        }
        if left <= 0:
            raise HubSpotError(429, "RATE_LIMITS", "You have reached your ten secondly limit.", headers)
        self.requests.append(now)
        return headers
