"""The sandbox itself: from a request to its response."""

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from functions.api.sandbox import Hook, Request, Response, proceed
from functions.providers.stripe.sandbox import controls
from functions.providers.stripe.sandbox.account import CHARGE, REVIEW, Account
from functions.providers.stripe.sandbox.errors import StripeError
from functions.providers.stripe.sandbox.idempotency import IdempotencyKeys, KeyedRequest
from functions.providers.stripe.sandbox.objects import API_VERSION
from functions.providers.stripe.sandbox.operations import Call
from functions.providers.stripe.sandbox.requests import SANDBOX_API_KEY, authenticate, idempotency_key, parameters
from functions.providers.stripe.sandbox.routes import Route, route


class Stripe(Account):
    """Responds to requests as Stripe's API does."""

    name = "stripe"
    credential = SANDBOX_API_KEY
    destinations = (f"stripe:charge/{CHARGE}", f"stripe:review/{REVIEW}")

    def __init__(self, now: Callable[[], float]) -> None:
        self._keys = IdempotencyKeys()
        super().__init__(now)

    def clear(self) -> None:
        super().clear()
        self._keys.clear()

    def failed(self, status: int) -> Response:
        if status >= 500:
            return StripeError(status, "An unknown error occurred.", kind="api_error").response
        if status == 429:
            return StripeError(status, "Request rate limit exceeded.", code="rate_limit").response
        return StripeError(status, f"The request was refused with {status}.").response

    def handle(self, request: Request, arriving: Hook = proceed, acting: Hook = proceed) -> Response:
        given = {"request-id": self.new_id("req")}
        response = super().handle(replace(request, headers={**request.headers, **given}), arriving, acting)
        requested = request.headers.get("stripe-version", "")
        version = requested if re.fullmatch(r"[\w.-]{1,64}", requested, re.ASCII) else API_VERSION
        return response.with_headers({"Request-Id": given["request-id"], "Stripe-Version": version})

    def noted(self, request: Request, response: Response | None) -> Mapping[str, Any]:
        return {"replayed": response is not None and "Idempotent-Replayed" in response.headers}

    def control(self, method: str, path: str, body: bytes) -> Response:
        """Respond to `POST charges` and `POST events` (JSON lists of objects) too. Raises BadControl."""
        puts = {"charges": self.put_charge, "events": self.put_event}
        if method != "POST" or path not in puts:
            return super().control(method, path, body)
        given = controls.objects(body, path.removesuffix("s"))
        with self.lock:
            for one in given:
                puts[path](one)
        return Response.json(200, {"put": len(given)})

    def respond(self, request: Request, acting: Hook) -> Response:
        found, id = route(request)
        authenticate(request.headers.get("authorization", ""))
        params = parameters(request)
        found.validate(params)
        call = Call(id, params, idempotency_key(request))
        execute = functools.partial(self._execute, found, call, acting)
        if call.key is None:
            return execute()
        first = KeyedRequest(request.path, params, self.now(), request.headers["request-id"])
        return self._keys.once(call.key, first, execute)

    def _execute(self, found: Route, call: Call, acting: Hook) -> Response:
        if failed := acting():
            return failed
        with self.lock:
            try:
                return Response.json(200, found.operation(self, call))
            except StripeError as error:
                return error.response  # which the idempotency key keeps
