"""Stripe's idempotency keys, https://docs.stripe.com/api/idempotent_requests."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from functions.api.sandbox import Response
from functions.providers.stripe.sandbox.errors import StripeError

KEY_LIFETIME = 24 * 3600  # seconds; Stripe keeps an idempotency key for at least this long


@dataclass(frozen=True)
class KeyedRequest:
    """A request with an idempotency key; `response` is None while it is in progress. `at` is in Unix seconds."""

    path: str
    params: dict[str, str]
    at: float
    request_id: str
    response: Response | None = None


class IdempotencyKeys:
    """The keys, each with its first request. It may be used from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: dict[str, KeyedRequest] = {}

    def clear(self) -> None:
        """Forget every key."""
        with self._lock:
            self._requests = {}

    def once(self, key: str, request: KeyedRequest, execute: Callable[[], Response]) -> Response:
        """Execute the first request with this key, and replay its response to the others.

        Raises StripeError if the first request is in progress or differs from this one.
        """
        with self._lock:
            first = self._requests.get(key)
            if first and not (first.response and request.at - first.at >= KEY_LIFETIME):
                return _replay(key, first, request)
            self._requests[key] = request
        completed = None
        try:
            response = execute()
            completed = replace(request, response=response)
            return response
        finally:
            with self._lock:
                if self._requests.get(key) is request:  # unless the keys were cleared meanwhile
                    del self._requests[key]
                    self._requests.update({key: completed} if completed else {})


def _replay(key: str, first: KeyedRequest, request: KeyedRequest) -> Response:
    same = "Keys for idempotent requests can only be used"
    other = f"Try using a key other than '{key}' if you meant to execute a different request."
    if first.path != request.path:
        paths = f"for the same endpoint they were first used for ('{request.path}' vs '{first.path}')"
        raise StripeError(400, f"{same} {paths}. {other}", kind="idempotency_error")
    if first.params != request.params:
        params = "with the same parameters they were first used with"
        raise StripeError(400, f"{same} {params}. {other}", kind="idempotency_error")
    if first.response is None:
        message = (
            "There is currently another in-progress request using this Idempotent Key (that probably means "
            "you submitted twice, and the other request is still going through): "
            f"{key}. Please try again later."
        )
        raise StripeError(409, message, code="idempotency_key_in_use")
    mark = {"Idempotent-Replayed": "true", "Original-Request": first.request_id}
    return Response(first.response.status, first.response.body, {"Content-Type": "application/json", **mark})
