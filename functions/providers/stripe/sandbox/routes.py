"""The routes of Stripe's API: each operation, and the parameters that it accepts."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from functions.api.sandbox import Request
from functions.providers.stripe.sandbox import operations
from functions.providers.stripe.sandbox.account import Account
from functions.providers.stripe.sandbox.errors import DOCS, StripeError
from functions.providers.stripe.sandbox.objects import Object
from functions.providers.stripe.sandbox.operations import Call

REFUND_REASONS = ("duplicate", "fraudulent", "requested_by_customer")


@dataclass(frozen=True)
class Route:
    """An operation, and the function that raises StripeError for parameters that it does not accept."""

    method: str
    path: re.Pattern[str]
    operation: Callable[[Account, Call], Object]
    validate: Callable[[dict[str, str]], None]


def route(request: Request) -> tuple[Route, str]:
    """The route of a request, and the id in its path. Raises StripeError if no route matches."""
    for known in _ROUTES:
        found = known.path.fullmatch(request.path)
        if found and known.method == request.method:
            return known, "".join(found.groups())
    unknown = f"Unrecognized request URL ({request.method}: {request.path})."
    raise StripeError(404, f"{unknown} Please see {DOCS} or we can help at https://support.stripe.com/.")


def _no_params(params: dict[str, str]) -> None:
    _only(params, ())


def _list_params(params: dict[str, str], *filters: str) -> None:
    _only(params, ("limit", "starting_after", *filters))
    if not 1 <= _integer(params, "limit", 10) <= 100:
        raise StripeError(400, "Limit can range between 1 and 100.", param="limit")


def _refund_params(params: dict[str, str]) -> None:
    _only([name for name in params if not name.startswith("metadata[")], ("charge", "amount", "reason"))
    if not params.get("charge"):
        raise StripeError(400, "Missing required param: charge.", code="parameter_missing", param="charge")
    if _integer(params, "amount", 1) < 1:
        raise StripeError(400, "Invalid positive integer", code="parameter_invalid_integer", param="amount")
    if params.get("reason", REFUND_REASONS[0]) not in REFUND_REASONS:
        reasons = "duplicate, fraudulent, or requested_by_customer"
        raise StripeError(400, f"Invalid reason: must be one of {reasons}", param="reason")


def _event_list_params(params: dict[str, str]) -> None:
    _list_params(params, "type", "delivery_success")
    if params.get("delivery_success", "true") not in ("true", "false"):
        raise StripeError(400, "Invalid boolean: delivery_success", param="delivery_success")


def _refund_list_params(params: dict[str, str]) -> None:
    _list_params(params, "charge")


def _only(params: dict[str, str] | list[str], known: tuple[str, ...]) -> None:
    for name in params:
        if name not in known:
            message = f"Received unknown parameter: {name}"
            raise StripeError(400, message, code="parameter_unknown", param=name)


def _integer(params: dict[str, str], name: str, default: int) -> int:
    text = params.get(name, str(default))
    if not re.fullmatch("-?[0-9]{1,12}", text):
        raise StripeError(400, f"Invalid integer: {text}", code="parameter_invalid_integer", param=name)
    return int(text)


_ROUTES = (
    Route("GET", re.compile("/v1/charges/([^/]+)"), operations.get_charge, _no_params),
    Route("GET", re.compile("/v1/reviews/([^/]+)"), operations.get_review, _no_params),
    Route("POST", re.compile("/v1/reviews/([^/]+)/approve"), operations.approve_review, _no_params),
    Route("GET", re.compile("/v1/events/([^/]+)"), operations.get_event, _no_params),
    Route("GET", re.compile("/v1/events"), operations.list_events, _event_list_params),
    Route("POST", re.compile("/v1/refunds"), operations.create_refund, _refund_params),
    Route("GET", re.compile("/v1/refunds"), operations.list_refunds, _refund_list_params),
)
