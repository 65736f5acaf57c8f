"""The sandbox itself: from a request to its response."""

from collections.abc import Callable, Mapping
from typing import Any

from functions.api.sandbox import Request, Response, basic, same
from functions.providers.zendesk.sandbox import tickets
from functions.providers.zendesk.sandbox.account import CUSTOMER, TICKET, Account
from functions.providers.zendesk.sandbox.controls import CONTROLS
from functions.providers.zendesk.sandbox.errors import ZendeskError

SANDBOX_TOKEN = "hookline@sandbox.example.com/token:hookline-sandbox"  # noqa: S105 - valid for this sandbox only
SANDBOX_OAUTH = "hookline-sandbox-oauth"
ERRORS: Mapping[int, str] = {
    400: "BadRequest",
    401: "Couldn't authenticate you",
    404: "InvalidEndpoint",
    429: "APIRateLimitExceeded",
}

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
ROUTES = (
    ("GET", rf"/api/v2/tickets/{_ID}", _one("ticket", tickets.ticket)),
    ("PUT", rf"/api/v2/tickets/{_ID}", tickets.update),
    ("GET", rf"/api/v2/tickets/{_ID}/comments", _listed("comments", tickets.ticket, lambda one: one.comments)),
    ("GET", rf"/api/v2/tickets/{_ID}/audits", _listed("audits", tickets.ticket, lambda one: one.audits)),
    ("GET", rf"/api/v2/users/{_ID}", _one("user", tickets.user)),
    ("GET", rf"/api/v2/users/{_ID}/identities", _listed("identities", tickets.user, lambda one: one.identities)),
    ("GET", r"/api/v2/incremental/ticket_events", tickets.export),
    ("GET", r"/api/v2/tickets/show_many", tickets.show_many),
    ("GET", r"/api/v2/triggers/active", tickets.triggers),
)


class Zendesk(Account):
    """Responds to requests as Zendesk's API does."""

    name = "zendesk"
    credential = SANDBOX_TOKEN
    destinations = (f"zendesk:ticket/{TICKET}", f"zendesk:user/{CUSTOMER}")
    routes, controls = ROUTES, CONTROLS

    def failed(self, status: int) -> Response:
        return ZendeskError(status, ERRORS.get(status, "InternalServerError"), f"the sandbox answers {status}").response

    def refusal(self, request: Request) -> Response | None:
        presented = request.headers.get("authorization", "")
        return None if same(presented, basic(SANDBOX_TOKEN), f"Bearer {SANDBOX_OAUTH}") else self.failed(401)

    def limits(self, request: Request) -> Mapping[str, str]:
        return tickets.limit(self) if request.method == "PUT" else {}
