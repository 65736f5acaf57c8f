"""A payment provider that keeps what really happened, as Stripe does for what Hookline calls."""

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import urllib3

from hookline.simulation.world import World

# How long a request may go on working that nobody waits for any more: a second less than the gate gives it.
LATE_SECONDS = 59.0


class Answer:
    """What a pool returns."""

    def __init__(self, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
        self.status = status
        self.headers = headers or {}
        self.connection = None
        self._body = body
        self._content = json.dumps(body).encode()

    def replayed(self) -> "Answer":
        return Answer(self.status, self._body, {"Idempotent-Replayed": "true"})

    def read1(self, amount: int, decode_content: bool) -> bytes:
        content, self._content = self._content[:amount], self._content[amount:]
        return content

    def release_conn(self) -> None:
        pass


class Provider:
    """Charges, refunds and reviews; `happened` is every effect that took place, `requested` every try at one.

    It keeps its answer under an idempotency key, a failure too; without a key each request is a new one. `first` is
    the fault of the first try at an effect: "late", "fails", "acts and fails" or "fails and acts late". A read takes
    `slow` seconds. From the first to the second time of `down`, it answers only with failures, and does nothing.
    """

    def __init__(self, clock: World) -> None:
        self.happened: list[str] = []
        self.requested = 0
        self.first = ""
        self.slow = 0.0
        self.down = (0.0, 0.0)
        self.before_effects: Callable[[], None] = lambda: None
        self._clock = clock
        self._refunds: list[dict[str, Any]] = []
        self._open = True
        self._kept: dict[str, Answer] = {}

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None,
        seconds: float,
        fault: str,
        **_: Any,
    ) -> Answer:
        if self.down[0] <= self._clock() < self.down[1]:
            return Answer(503, {"error": {"type": "api_error"}})
        if method == "GET":
            self._clock.sleep(self.slow)
            return Answer(200, self._read(urlsplit(url).path))
        self.requested += 1
        fault = fault or (self.first if self.requested == 1 else "")
        key, form = headers.get("Idempotency-Key"), parse_qs((body or b"").decode())
        if fault in ("late", "abandoned"):
            self._clock.at(self._clock() + seconds + LATE_SECONDS, lambda: self._once(key, url, form, ""))
            if fault == "abandoned":
                return Answer(200, None)  # to a client that is no more
            self._clock.sleep(seconds)
            raise urllib3.exceptions.ReadTimeoutError(None, url, "no answer in time")  # type: ignore[arg-type]  # no pool
        return self._once(key, url, form, fault)

    def _read(self, path: str) -> Any:
        if path == "/v1/refunds":
            return {"data": self._refunds}
        if path.startswith("/v1/reviews/"):
            return {"open": self._open, "reason": "rule" if self._open else "approved", "charge": "ch_1"}
        refunded = sum(refund["amount"] for refund in self._refunds)
        return {"amount": 4200, "amount_refunded": refunded, "currency": "usd", "disputed": False, "paid": True}

    def _once(self, key: str | None, url: str, form: Mapping[str, list[str]], fault: str) -> Answer:
        if fault == "fails and acts late":
            self._clock.at(self._clock() + LATE_SECONDS, lambda: self._act(urlsplit(url).path, form))
            fault = "fails"
        if key in self._kept:
            return self._kept[key].replayed()
        done = None if fault == "fails" else self._act(urlsplit(url).path, form)
        answer = Answer(500, {"error": {"type": "api_error"}}) if fault else Answer(200, done)
        if key:
            self._kept[key] = answer
        return answer

    def _act(self, path: str, form: Mapping[str, list[str]]) -> dict[str, Any]:
        self.before_effects()
        if path == "/v1/refunds":
            refund = {
                "id": f"re_{len(self._refunds)}",
                "amount": int(form["amount"][0]),
                "metadata": {"hookline": form["metadata[hookline]"][0]},
            }
            self._refunds.append(refund)
            self.happened.append("refund")
            return refund
        if self._open:  # to close a closed review changes nothing
            self._open = False
            self.happened.append("review closed")
        return {"open": False, "reason": "approved", "charge": "ch_1"}
