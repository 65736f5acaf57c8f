"""Stripe's stand-in: the part of its API v1 that Hookline calls, in memory.

Follows https://docs.stripe.com/api (charges, radar/reviews, refunds, events, errors, idempotent_requests)
and https://docs.stripe.com/error-low-level. Stripe documents neither the wording of its messages nor how it
refuses to approve a closed review, so nothing may depend on either. Objects cannot be expanded (`expand[]`).
"""

import base64
import fnmatch
import functools
import hmac
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl

from functions.api.sandbox import BadControl, Hook, Request, Response, no_such_control, parse_json, proceed
from functions.providers.stripe.sandbox_objects import API_VERSION, Object, digest, open_review, refund_object

SANDBOX_API_KEY = "sk_test_hookline_sandbox"
KEY_LIFETIME = 24 * 3600  # seconds; Stripe keeps an idempotency key for at least this long
REFUND_REASONS = ("duplicate", "fraudulent", "requested_by_customer")
# https://docs.stripe.com/currencies#zero-decimal
ZERO_DECIMAL = frozenset(
    ("bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga") + ("pyg", "rwf", "ugx", "vnd", "vuv", "xaf", "xof", "xpf")
)
SYMBOLS = {"usd": "$", "eur": "€", "gbp": "£"}
DOCS = "https://stripe.com/docs"


class StripeError(Exception):
    """An error as Stripe's API answers it, https://docs.stripe.com/api/errors."""

    def __init__(self, status: int, message: str, *, code: str = "", param: str = "", kind: str = "") -> None:
        super().__init__(message)
        doc_url = f"{DOCS}/error-codes/{code.replace('_', '-')}" if code else ""
        error = {"code": code, "doc_url": doc_url, "message": message, "param": param}
        given = {name: value for name, value in error.items() if value}
        self.response = Response.json(status, {"error": {**given, "type": kind or "invalid_request_error"}})


@dataclass(frozen=True)
class _Call:
    """A request whose parameters passed validation."""

    id: str
    params: dict[str, str]
    key: str | None


@dataclass(frozen=True)
class _Kept:
    """What an idempotency key stands for; `response` is None while its first request is under way."""

    path: str
    params: dict[str, str]
    at: float
    request_id: str
    response: Response | None = None


class Stripe:
    """Answers requests as Stripe's API does, and records every call and every effect that took place.

    `now` gives the Unix time in seconds; there is no other clock. It may be used from several threads.
    """

    name = "stripe"
    credential = SANDBOX_API_KEY
    destination = ""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._lock = threading.RLock()
        self._ids = 0
        self._empty()

    def handle(self, request: Request, arriving: Hook = proceed, acting: Hook = proceed) -> Response:
        """Answers one request; no lock is held while it calls the hooks (see `server.Provider`)."""
        request_id, response = self._new_id("req"), None
        try:
            response = arriving() or self._answer(request, request_id, acting)
        except StripeError as error:
            response = error.response
        finally:
            self._log(request, response)
        asked = request.headers.get("stripe-version", "")
        version = asked if re.fullmatch(r"[\w.-]{1,64}", asked, re.ASCII) else API_VERSION
        return _with_headers(response, {"Request-Id": request_id, "Stripe-Version": version})

    def failure(self, status: int, retry_after: int | None = None) -> Response:
        """What Stripe, or what stands before it, answers when it fails with that status."""
        if status >= 500:
            error = StripeError(status, "An unknown error occurred.", kind="api_error")
        elif status == 429:
            error = StripeError(status, "Request rate limit exceeded.", code="rate_limit")
        else:
            error = StripeError(status, f"The request was refused with {status}.")
        return _with_headers(error.response, {} if retry_after is None else {"Retry-After": str(retry_after)})

    def control(self, method: str, path: str, body: bytes) -> Response:
        """Answers `POST charges` and `POST events` (JSON lists of objects), `GET state`, `DELETE state`."""
        if (method, path) == ("POST", "charges"):
            return self._put(_objects(body, "charge", _CHARGE_SHAPE), self._put_charge)
        if (method, path) == ("POST", "events"):
            return self._put(_objects(body, "event", _EVENT_SHAPE), self._put_event)
        if (method, path) == ("GET", "state"):
            return self._state()
        if (method, path) == ("DELETE", "state"):
            self._empty()
            return Response.json(200, {"emptied": True})
        return no_such_control()

    # ---- from a request to its operation

    def _answer(self, request: Request, request_id: str, acting: Hook) -> Response:
        operation, validate, id_ = _route(request)
        _authenticate(request.headers.get("authorization", ""))
        params = _params(request)
        validate(params)
        call = _Call(id_, params, _idempotency_key(request))
        execute = functools.partial(self._execute, operation, call, acting)
        if call.key is None:
            return execute()
        return self._once(call.key, _Kept(request.path, params, self._now(), request_id), execute)

    def _execute(self, operation: "_Operation", call: _Call, acting: Hook) -> Response:
        failed = acting()
        if failed is not None:
            return failed
        with self._lock:
            try:
                return Response.json(200, operation(self, call))
            except StripeError as error:
                return error.response

    def _once(self, key: str, mine: _Kept, execute: Callable[[], Response]) -> Response:
        """Executes the first request that has this key, and replays its answer to the others."""
        with self._lock:
            kept = self._keys.get(key)
            if kept and not (kept.response and mine.at - kept.at >= KEY_LIFETIME):
                return _replay(key, kept, mine)
            self._keys[key] = mine
        done = None
        try:
            response = execute()
            done = replace(mine, response=response)
            return response
        finally:
            with self._lock:
                if self._keys.get(key) is mine:  # else the state was emptied meanwhile
                    del self._keys[key]
                    self._keys.update({key: done} if done else {})

    # ---- operations, with the lock held

    def _get_charge(self, call: _Call) -> Object:
        return _found(self._charges, "charge", call.id)

    def _get_review(self, call: _Call) -> Object:
        return _found(self._reviews, "review", call.id)

    def _get_event(self, call: _Call) -> Object:
        return _found(self._events, "event", call.id)

    def _list_events(self, call: _Call) -> Object:
        latest_put_first = list(self._events.values())[::-1]
        events = sorted(latest_put_first, key=lambda event: event["created"], reverse=True)
        after = call.params.get("starting_after")
        if after is not None:
            events = events[events.index(_found(self._events, "event", after, "starting_after")) + 1 :]
        wanted = call.params.get("type", "*")
        events = [event for event in events if fnmatch.fnmatchcase(event["type"], wanted)]
        limit = int(call.params.get("limit", "10"))
        page, has_more = events[:limit], len(events) > limit
        return {"object": "list", "url": "/v1/events", "has_more": has_more, "data": page}

    def _approve_review(self, call: _Call) -> Object:
        review = _found(self._reviews, "review", call.id)
        if not review["open"]:
            raise StripeError(400, f"Review {call.id} is already closed, so it cannot be approved.")
        review.update(open=False, reason="approved", closed_reason="approved")
        self._record("review.approve", call.id, call)
        return review

    def _create_refund(self, call: _Call) -> Object:
        charge = _found(self._charges, "charge", call.params["charge"], "charge")
        amount, left = _refundable(charge, call.params.get("amount"))
        refund = refund_object(self._new_id("re"), charge, amount, call.params, int(self._now()))
        self._refunds[refund["id"]] = refund
        charge.update(amount_refunded=charge["amount"] - left + amount, refunded=amount == left)
        review = self._reviews.get(charge.get("review", ""), {"open": False})
        if charge["refunded"] and review["open"]:
            why = "refunded_as_fraud" if refund["reason"] == "fraudulent" else "refunded"
            review.update(open=False, reason=why, closed_reason=why)
        self._record("refund.create", refund["id"], call)
        return refund

    def _list_refunds(self, call: _Call) -> Object:
        wanted = call.params.get("charge")
        latest_first = list(self._refunds.values())[::-1]
        refunds = [refund for refund in latest_first if wanted in (None, refund["charge"])]
        page, has_more = refunds[:10], len(refunds) > 10
        return {"object": "list", "url": "/v1/refunds", "has_more": has_more, "data": page}

    # ---- state

    def _empty(self) -> None:
        with self._lock:
            self._charges: dict[str, Object] = {}
            self._reviews: dict[str, Object] = {}
            self._refunds: dict[str, Object] = {}
            self._events: dict[str, Object] = {}
            self._keys: dict[str, _Kept] = {}
            self._effects: list[Object] = []
            self._calls: list[Object] = []

    def _state(self) -> Response:
        with self._lock:
            shown = {
                "charges": list(self._charges.values()),
                "reviews": list(self._reviews.values()),
                "refunds": list(self._refunds.values()),
                "events": list(self._events.values()),
                "effects": self._effects,
                "calls": self._calls,
            }
            return Response.json(200, shown)

    def _put(self, objects: list[Object], put: Callable[[Object], None]) -> Response:
        with self._lock:
            for given in objects:
                put(given)
        return Response.json(200, {"put": len(objects)})

    def _put_charge(self, charge: Object) -> None:
        self._charges[charge["id"]] = charge
        if charge.get("review"):
            self._reviews[charge["review"]] = open_review(charge)

    def _put_event(self, event: Object) -> None:
        self._events[event["id"]] = event

    def _record(self, kind: str, id_: str, call: _Call) -> None:
        self._effects.append({"kind": kind, "id": id_, "at": int(self._now()), "idempotency_key": call.key})

    def _log(self, request: Request, response: Response | None) -> None:
        status = response.status if response else None  # None: the connection was dropped
        replayed = response is not None and "Idempotent-Replayed" in response.headers
        call = {"method": request.method, "path": request.path, "status": status, "replayed": replayed}
        with self._lock:
            self._calls.append(call)

    def _new_id(self, prefix: str) -> str:
        # The time is part of it, so that a sandbox that was restarted does not give old ids again.
        with self._lock:
            self._ids += 1
            return f"{prefix}_{digest(f'{self._now()}/{self._ids}')}"


# ---- validation: what is refused here never began to execute, so no idempotency key keeps it


def _route(request: Request) -> tuple["_Operation", "_Validate", str]:
    for method, pattern, operation, validate in _ROUTES:
        found = pattern.fullmatch(request.path)
        if found and method == request.method:
            return operation, validate, "".join(found.groups())
    unknown = f"Unrecognized request URL ({request.method}: {request.path})."
    raise StripeError(404, f"{unknown} Please see {DOCS} or we can help at https://support.stripe.com/.")


def _authenticate(authorization: str) -> None:
    scheme, _, key = authorization.partition(" ")
    key = key.strip()
    if scheme.lower() == "basic":
        try:
            key = base64.b64decode(key, validate=True).decode().partition(":")[0]
        except ValueError:
            key = ""
    if scheme.lower() not in ("bearer", "basic") or not key:
        how = "You need to provide your API key in the Authorization header, using Bearer auth"
        example = "(e.g. 'Authorization: Bearer YOUR_SECRET_KEY')"
        more = f"See {DOCS}/api#authentication for details."
        raise StripeError(401, f"You did not provide an API key. {how} {example}. {more}")
    if not hmac.compare_digest(key.encode(errors="replace"), SANDBOX_API_KEY.encode()):
        end = key[-4:] if len(key) > 12 else ""  # what was sent may be somebody's real key
        raise StripeError(401, f"Invalid API Key provided: ********{end}")


def _params(request: Request) -> dict[str, str]:
    form = request.body.decode(errors="replace") if request.method == "POST" else ""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if form and content_type != "application/x-www-form-urlencoded":
        hint = "check that your POST content type is application/x-www-form-urlencoded"
        raise StripeError(400, f"Invalid request ({hint}).")
    try:
        params = dict(parse_qsl("&".join(filter(None, (request.query, form))), True, max_num_fields=200))
    except ValueError:
        raise StripeError(400, "Invalid request (too many parameters).") from None
    for name, value in params.items():
        if len(value) > 5000:
            raise StripeError(400, "Invalid string: must be at most 5000 characters", param=name)
    return params


def _idempotency_key(request: Request) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is None or request.method != "POST":  # it has no effect on GET, as documented
        return None
    if not 1 <= len(key) <= 255:
        raise StripeError(400, "Idempotency keys have 1 to 255 characters.")
    return key


def _replay(key: str, kept: _Kept, now: _Kept) -> Response:
    same = "Keys for idempotent requests can only be used"
    other = f"Try using a key other than '{key}' if you meant to execute a different request."
    if kept.path != now.path:
        paths = f"for the same endpoint they were first used for ('{now.path}' vs '{kept.path}')"
        raise StripeError(400, f"{same} {paths}. {other}", kind="idempotency_error")
    if kept.params != now.params:
        params = "with the same parameters they were first used with"
        raise StripeError(400, f"{same} {params}. {other}", kind="idempotency_error")
    if kept.response is None:
        message = (
            "There is currently another in-progress request using this Idempotent Key (that probably means "
            "you submitted twice, and the other request is still going through): "
            f"{key}. Please try again later."
        )
        raise StripeError(409, message, code="idempotency_key_in_use")
    mark = {"Idempotent-Replayed": "true", "Original-Request": kept.request_id}
    return Response(kept.response.status, kept.response.body, {"Content-Type": "application/json", **mark})


def _no_params(params: dict[str, str]) -> None:
    _only(params, ())


def _event_params(params: dict[str, str]) -> None:
    _only(params, ("limit", "starting_after", "type"))
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


def _refunds_of(params: dict[str, str]) -> None:
    _only(params, ("charge",))


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


_Operation = Callable[[Stripe, _Call], Object]
_Validate = Callable[[dict[str, str]], None]

_ROUTES: tuple[tuple[str, re.Pattern[str], _Operation, _Validate], ...] = (
    ("GET", re.compile("/v1/charges/([^/]+)"), Stripe._get_charge, _no_params),
    ("GET", re.compile("/v1/reviews/([^/]+)"), Stripe._get_review, _no_params),
    ("POST", re.compile("/v1/reviews/([^/]+)/approve"), Stripe._approve_review, _no_params),
    ("GET", re.compile("/v1/events/([^/]+)"), Stripe._get_event, _no_params),
    ("GET", re.compile("/v1/events"), Stripe._list_events, _event_params),
    ("POST", re.compile("/v1/refunds"), Stripe._create_refund, _refund_params),
    ("GET", re.compile("/v1/refunds"), Stripe._list_refunds, _refunds_of),
)

# The fields that the operations lean on, (type, required); everything else is stored as given.
_CHARGE_SHAPE = {
    "id": (str, True), "amount": (int, True), "currency": (str, True), "created": (int, True),
    "amount_refunded": (int, False), "review": (str, False), "payment_intent": (str, False),
}  # fmt: skip
_EVENT_SHAPE = {"id": (str, True), "type": (str, True), "created": (int, True), "data": (dict, True)}


def _objects(body: bytes, what: str, shape: dict[str, tuple[type, bool]]) -> list[Object]:
    """Reads a JSON list of full objects, or raises `BadControl` before any of them is stored."""
    given = parse_json(body)
    if not isinstance(given, list):
        raise BadControl(f"the body must be a JSON list of {what} objects")
    for position, value in enumerate(given):
        if not isinstance(value, dict) or value.get("object") != what:
            raise BadControl(f'item {position} is not an object with "object": "{what}"')
        for name, (kind, required) in shape.items():
            if not _fits(value.get(name), kind, required):
                wrong = f"missing, empty, out of range or not of type {kind.__name__}"
                raise BadControl(f"item {position}: {name} is {wrong}")
    return given


def _fits(value: object, kind: type, required: bool) -> bool:
    if value is None:
        return not required
    if kind is int:
        return type(value) is int and 0 <= value <= 10**12
    return isinstance(value, kind) and value != ""


def _found(objects: dict[str, Object], what: str, id_: str, param: str = "id") -> Object:
    if id_ not in objects:
        raise StripeError(404, f"No such {what}: '{id_}'", code="resource_missing", param=param)
    return objects[id_]


def _refundable(charge: Object, asked: str | None) -> tuple[int, int]:
    """The amount to refund and what is left to refund, or Stripe's refusal."""
    refunded = charge.get("amount_refunded") or 0
    left = charge["amount"] - refunded
    if left <= 0:
        message = f"Charge {charge['id']} has already been refunded."
        raise StripeError(400, message, code="charge_already_refunded")
    amount = left if asked is None else int(asked)
    if amount > left:
        too_much, most = (_money(figure, charge["currency"]) for figure in (amount, left))
        limit = "unrefunded amount on charge" if refunded else "charge amount"
        raise StripeError(400, f"Refund amount ({too_much}) is greater than {limit} ({most})", param="amount")
    return amount, left


def _money(minor: int, currency: str) -> str:
    figure = f"{minor:,}" if currency in ZERO_DECIMAL else f"{minor // 100:,}.{minor % 100:02}"
    return f"{SYMBOLS[currency]}{figure}" if currency in SYMBOLS else f"{figure} {currency.upper()}"


def _with_headers(response: Response, headers: dict[str, str]) -> Response:
    return replace(response, headers={**response.headers, **headers})


# ---- objects


SANDBOX = Stripe
