"""The sandbox itself: from a request to its response."""

import functools
import re
from collections.abc import Callable
from dataclasses import replace

from functions.api.sandbox import Hook, Request, Response, no_such_control, proceed
from functions.providers.stripe.sandbox import controls
from functions.providers.stripe.sandbox.account import CHARGE, REVIEW, Account
from functions.providers.stripe.sandbox.errors import StripeError
from functions.providers.stripe.sandbox.idempotency import IdempotencyKeys, KeyedRequest
from functions.providers.stripe.sandbox.objects import API_VERSION, Object
from functions.providers.stripe.sandbox.operations import Call
from functions.providers.stripe.sandbox.requests import SANDBOX_API_KEY, authenticate, idempotency_key, parameters
from functions.providers.stripe.sandbox.routes import Route, route


class Stripe:
    """Responds to requests as Stripe's API does, and records every call and every effect that took place.

    `now` returns the Unix time in seconds; there is no other clock. It may be used from several threads.
    """

    name = "stripe"
    credential = SANDBOX_API_KEY
    destinations = (f"stripe:charge/{CHARGE}", f"stripe:review/{REVIEW}")

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._account = Account(now)
        self._keys = IdempotencyKeys()

    def handle(self, request: Request, arriving: Hook = proceed, acting: Hook = proceed) -> Response:
        """Respond to one request; no lock is held while the hooks run (see `functions.api.sandbox.Provider`)."""
        request_id, response = self._account.new_id("req"), None
        try:
            response = arriving() or self._respond(request, request_id, acting)
        except StripeError as error:
            response = error.response
        finally:
            self._log(request, response)
        requested = request.headers.get("stripe-version", "")
        version = requested if re.fullmatch(r"[\w.-]{1,64}", requested, re.ASCII) else API_VERSION
        return _with_headers(response, {"Request-Id": request_id, "Stripe-Version": version})

    def failure(self, status: int, retry_after: int | None = None) -> Response:
        """The response of Stripe, or of a proxy before it, when it fails with that status."""
        if status >= 500:
            error = StripeError(status, "An unknown error occurred.", kind="api_error")
        elif status == 429:
            error = StripeError(status, "Request rate limit exceeded.", code="rate_limit")
        else:
            error = StripeError(status, f"The request was refused with {status}.")
        return _with_headers(error.response, {} if retry_after is None else {"Retry-After": str(retry_after)})

    def control(self, method: str, path: str, body: bytes) -> Response:
        """Respond to `POST charges` and `POST events` (JSON lists of objects), `GET state`, `DELETE state`."""
        match method, path:
            case "POST", "charges":
                return self._put(controls.objects(body, "charge"), self._account.put_charge)
            case "POST", "events":
                return self._put(controls.objects(body, "event"), self._account.put_event)
            case "GET", "state":
                with self._account.lock:
                    return Response.json(200, self._account.state())
            case "DELETE", "state":
                self._account.clear()
                self._keys.clear()
                return Response.json(200, {"emptied": True})
        return no_such_control()

    def _respond(self, request: Request, request_id: str, acting: Hook) -> Response:
        found, id = route(request)
        authenticate(request.headers.get("authorization", ""))
        params = parameters(request)
        found.validate(params)
        call = Call(id, params, idempotency_key(request))
        execute = functools.partial(self._execute, found, call, acting)
        if call.key is None:
            return execute()
        return self._keys.once(call.key, KeyedRequest(request.path, params, self._now(), request_id), execute)

    def _execute(self, found: Route, call: Call, acting: Hook) -> Response:
        failed = acting()
        if failed is not None:
            return failed
        with self._account.lock:
            try:
                return Response.json(200, found.operation(self._account, call))
            except StripeError as error:
                return error.response

    def _put(self, objects: list[Object], put: Callable[[Object], None]) -> Response:
        with self._account.lock:
            for given in objects:
                put(given)
        return Response.json(200, {"put": len(objects)})

    def _log(self, request: Request, response: Response | None) -> None:
        status = response.status if response else None  # None: the connection was dropped
        replayed = response is not None and "Idempotent-Replayed" in response.headers
        call = {"method": request.method, "path": request.path, "status": status, "replayed": replayed}
        with self._account.lock:
            self._account.calls.append(call)


def _with_headers(response: Response, headers: dict[str, str]) -> Response:
    return replace(response, headers={**response.headers, **headers})
